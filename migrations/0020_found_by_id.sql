-- The VMs of a vm_id and the vCPUs of a VM are found by an index. v_irte asks for them once for each posted interval,
-- and a scan of all VMs and vCPUs each time made every question about its vcpu_id grow with the square of a recording.

CREATE INDEX vm_of_id ON vm (vm_id);

CREATE INDEX vcpu_of_vm ON vcpu (vm);

-- v_recording asks for each recording which one supersedes it.

CREATE INDEX recording_that_supersedes ON recording (supersedes) WHERE supersedes IS NOT NULL;

-- v_link has the numbers of its IRTE beside its name, as v_irte has: a join by them uses the table's key.

DROP VIEW v_link;

CREATE VIEW v_link AS
SELECT
  vm.vm_id, vcpu.vcpu_id,
  CASE WHEN i.gsi IS NOT NULL THEN printf('vm%d/gsi%d', vm.vm_id, i.gsi) END AS irqfd, i.gsi,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  a.name AS added_by, r.name AS removed_by, 'observed' AS source, i.recording_id, vm.name AS vm_name,
  i.devid, i.irte_index
FROM link_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
JOIN event AS ae ON ae.seq = i.from_seq
LEFT JOIN cause AS a ON a.id = ae.cause
LEFT JOIN event AS re ON re.seq = i.to_seq
LEFT JOIN cause AS r ON r.id = re.cause;
