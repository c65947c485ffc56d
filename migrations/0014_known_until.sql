-- What is known within spans of lost events. Up to where the value of an interval is known: the beginning of the first
-- span of lost events that it reaches into, or its own beginning within one; NULL = up to its end.
DROP VIEW v_irte;
DROP VIEW v_vcpu;
DROP VIEW v_route;
DROP VIEW v_link;

ALTER TABLE irte_interval ADD COLUMN known_to_seq INTEGER;
ALTER TABLE vcpu_interval ADD COLUMN known_to_seq INTEGER;
ALTER TABLE route_interval ADD COLUMN known_to_seq INTEGER;
ALTER TABLE link_interval ADD COLUMN known_to_seq INTEGER;
ALTER TABLE irte_predicted_interval ADD COLUMN known_to_seq INTEGER;

-- The views end an interval where its value is known no more: no row holds a moment at which nothing is known.

-- One row is an interval in which an IRTE kept its bits, as far as that is known. source observed: its writes are in
-- the recording. predicted: they are not, and the rules say what they were; a field of which a bit is not known is NULL.
-- Fields are decoded from lo and hi; vm_id and vcpu_id from the GA tag by the recording's rules.
-- overlaps_gap = 1: it ends where events were lost. witness: the kind of event that began it.
CREATE VIEW v_irte AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.devid, i.irte_index, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns, i.lo, i.hi,
  CASE
    WHEN i.lo IS NULL THEN 'unknown'
    WHEN i.lo = 0 AND i.hi = 0 THEN 'free'
    WHEN i.lo = 0 AND i.hi = 255 THEN 'allocated'
    WHEN i.lo & 128 THEN 'posted'
    ELSE 'remapped'
  END AS mode,
  i.lo & 1 AS valid,
  i.hi & 255 AS vector,
  ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24) AS destination,
  CASE WHEN i.lo & 128 THEN (i.lo >> 6) & 1 ELSE i.lo & 0 END AS is_run,
  CASE WHEN i.lo & 128 THEN (i.lo >> 2) & 1 ELSE i.lo & 0 END AS ga_log_intr,
  (i.lo >> 32) & 4294967295 AS ga_tag,
  (i.hi >> 12) & 1099511627775 AS ga_root_ptr,
  CASE WHEN i.lo & 128 THEN ((i.lo >> 32) & 4294967295) >> tag.bits END AS vm_id,
  CASE
    WHEN i.lo & 128 AND tag.is_idx = 0 THEN (i.lo >> 32) & ((1 << tag.bits) - 1)
    WHEN i.lo & 128 THEN (
      SELECT vcpu.vcpu_id
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
      ORDER BY vcpu.id DESC LIMIT 1
    )
  END AS vcpu_id,
  cause.name AS cause, i.cause_seq, 'observed' AS source, i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL AS overlaps_gap,
  witness.name AS witness
FROM irte_interval AS i
LEFT JOIN event_kind AS witness ON witness.id = i.witness
JOIN recording AS r ON r.id = i.recording_id
LEFT JOIN tag_layout AS tag ON tag.rules = r.rules
LEFT JOIN cause ON cause.id = i.cause
WHERE NOT EXISTS (SELECT 1 FROM prediction WHERE prediction.recording_id = i.recording_id)
UNION ALL
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index),
  i.devid, i.irte_index, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE WHEN i.lo_known = -1 THEN i.lo END,
  CASE WHEN i.hi_known = -1 THEN i.hi END,
  i.mode,
  CASE WHEN i.lo_known & 1 THEN i.lo & 1 END,
  CASE WHEN i.hi_known & 255 = 255 THEN i.hi & 255 END,
  CASE WHEN (i.lo_known >> 8) & 16777215 = 16777215 AND (i.hi_known >> 56) & 255 = 255
    THEN ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24) END,
  CASE WHEN i.mode = 'posted' THEN CASE WHEN i.lo_known & 64 THEN (i.lo >> 6) & 1 END WHEN i.lo_known & 128 THEN 0 END,
  CASE WHEN i.mode = 'posted' THEN CASE WHEN i.lo_known & 4 THEN (i.lo >> 2) & 1 END WHEN i.lo_known & 128 THEN 0 END,
  i.tag,
  CASE WHEN (i.hi_known >> 12) & 1099511627775 = 1099511627775 THEN (i.hi >> 12) & 1099511627775 END,
  CASE WHEN i.mode = 'posted' THEN i.tag >> layout.bits END,
  CASE
    WHEN i.mode = 'posted' AND layout.is_idx = 0 THEN i.tag & ((1 << layout.bits) - 1)
    WHEN i.mode = 'posted' THEN (
      SELECT vcpu.vcpu_id
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = i.tag >> layout.bits
        AND vcpu.vcpu_idx = i.tag & ((1 << layout.bits) - 1)
      ORDER BY vcpu.id DESC LIMIT 1
    )
  END,
  cause.name, i.cause_seq, 'predicted', i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL,
  NULL
FROM (
  SELECT *, CASE WHEN (lo_known >> 32) & 4294967295 = 4294967295 THEN (lo >> 32) & 4294967295 END AS tag
  FROM irte_predicted_interval
) AS i
JOIN prediction AS p ON p.recording_id = i.recording_id
LEFT JOIN tag_layout AS layout ON layout.rules = p.rules
LEFT JOIN cause ON cause.id = i.cause;

-- One row is an interval of one vCPU's state. pcpu: the CPU it is loaded on; NULL = none or unknown.
CREATE VIEW v_vcpu AS
SELECT
  vm.vm_id, vcpu.vcpu_id, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE i.run_state
    WHEN 1 THEN 'running' WHEN 2 THEN 'out' WHEN 3 THEN 'blocking' WHEN 4 THEN 'freed' ELSE 'unknown'
  END AS run_state,
  CASE WHEN i.pcpu >= 0 THEN i.pcpu END AS pcpu,
  i.avic_active, i.is_running, i.ga_log_intr, vcpu.vcpu_idx, i.recording_id
FROM vcpu_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm;

-- One row is an interval of one GSI's route, as far as irqfds on it show it.
CREATE VIEW v_route AS
SELECT
  vm.vm_id, i.gsi, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE i.type
    WHEN 0 THEN 'none' WHEN 1 THEN 'irqchip' WHEN 2 THEN 'msi' WHEN 3 THEN 's390_adapter'
    WHEN 4 THEN 'hv_sint' WHEN 5 THEN 'xen_evtchn' ELSE 'unknown'
  END AS type,
  i.address, i.data, i.dest, i.vector,
  CASE i.delivery_mode
    WHEN 0 THEN 'Fixed' WHEN 1 THEN 'LowPrio' WHEN 2 THEN 'SMI' WHEN 3 THEN 'Res3'
    WHEN 4 THEN 'NMI' WHEN 5 THEN 'INIT' WHEN 6 THEN 'SIPI' WHEN 7 THEN 'ExtINT'
  END AS delivery_mode,
  i.postable, i.recording_id
FROM route_interval AS i
JOIN vm ON vm.id = i.vm;

-- One row is a stay of an irqfd's IRTE on a vCPU's ir_list.
CREATE VIEW v_link AS
SELECT
  vm.vm_id, vcpu.vcpu_id,
  CASE WHEN i.gsi IS NOT NULL THEN printf('vm%d/gsi%d', vm.vm_id, i.gsi) END AS irqfd, i.gsi,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  a.name AS added_by, r.name AS removed_by, 'observed' AS source, i.recording_id
FROM link_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
JOIN event AS ae ON ae.seq = i.from_seq
LEFT JOIN cause AS a ON a.id = ae.cause
LEFT JOIN event AS re ON re.seq = i.to_seq
LEFT JOIN cause AS r ON r.id = re.cause;
