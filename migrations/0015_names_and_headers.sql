-- What a recording says of itself in the lines that irqtwin's own capture script writes, and the names of VMs and vCPUs
-- that were there before the recording began.

-- One row is a line `# irqtwin KEY: VALUE`, kept as it stands; problem: why it could not be used, NULL = it could.
CREATE TABLE header_line (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  problem TEXT,
  PRIMARY KEY (recording_id, line)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER header_line_no_replace BEFORE INSERT ON header_line
WHEN EXISTS (SELECT 1 FROM header_line WHERE recording_id = NEW.recording_id AND line = NEW.line)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

CREATE TRIGGER header_line_no_update BEFORE UPDATE ON header_line
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

CREATE TRIGGER header_line_no_delete BEFORE DELETE ON header_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

-- One row is a pair WORD=VALUE of such a line.
CREATE TABLE header_word (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (recording_id, line, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER header_word_no_replace BEFORE INSERT ON header_word
WHEN EXISTS (
  SELECT 1 FROM header_word WHERE recording_id = NEW.recording_id AND line = NEW.line AND name = NEW.name
)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

CREATE TRIGGER header_word_no_update BEFORE UPDATE ON header_word
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

CREATE TRIGGER header_word_no_delete BEFORE DELETE ON header_word
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

-- What a name rests on: `line` (a line shows it), `creation` (of a vCPU), `backing page` (an entry that is posted to a
-- vCPU has it in its GA tag; then ..._seq is the event that proved it). NULL: there is no name, or an older version
-- stored it, which knew lines and creations alone.
ALTER TABLE vm ADD COLUMN vm_id_by TEXT;
ALTER TABLE vm ADD COLUMN vm_id_seq INTEGER;
ALTER TABLE vcpu ADD COLUMN vcpu_idx_by TEXT;
ALTER TABLE vcpu ADD COLUMN vcpu_idx_seq INTEGER;

-- The VM's own name and the process of its monitor, as the header of the recording gives them.
ALTER TABLE vm ADD COLUMN name TEXT;
ALTER TABLE vm ADD COLUMN vmm_pid INTEGER;

INSERT INTO event_kind (id, name, meaning, a, b, c, d, words) VALUES
  (45, 'irte_anchored', 'a dump of the table shows the entry''s bits', NULL, NULL, NULL, NULL, 'irte');

DROP VIEW v_event;
DROP VIEW v_irte;
DROP VIEW v_vcpu;
DROP VIEW v_route;
DROP VIEW v_link;
DROP VIEW v_finding;

-- One row is a VM. vm_id_by: what its vm_id rests on.
CREATE VIEW v_vm AS
SELECT
  recording_id, vm_id, name, vmm_pid, kvm,
  CASE WHEN vm_id IS NOT NULL THEN coalesce(vm_id_by, 'line') END AS vm_id_by,
  vm_id_seq, id AS vm
FROM vm;

-- One row is a line that the capture script wrote of the recording.
CREATE VIEW v_header AS
SELECT recording_id, line, key, value, problem FROM header_line;

-- One row is an event. payload: the kind's own fields as JSON, 64-bit words as hexadecimal text.
CREATE VIEW v_event AS
SELECT
  e.seq, e.time_ns, e.cpu, t.comm, t.pid, k.name AS kind,
  vm.vm_id, vcpu.vcpu_id, e.devid, e.irte_index, e.gsi, e.host_irq,
  e.cause_seq, cause.name AS cause, CASE k.name WHEN 'irte_anchored' THEN 'anchor' ELSE 'observed' END AS source, e.recording_id, e.line,
  '{' || ltrim(
    CASE
      WHEN e.lo IS NULL THEN ''
      WHEN k.words = 'irte_exchange' THEN printf(',"lo":"0x%016x","hi":"0x%016x"', e.lo, e.hi)
        || CASE WHEN e.b IS NULL THEN '' ELSE printf(',"old_lo":"0x%016x","old_hi":"0x%016x"',
          (e.b << 16) | (e.d >> 16), (e.c << 16) | (e.d & 65535)) END
      WHEN k.words = 'irte' THEN printf(',"lo":"0x%016x","hi":"0x%016x"', e.lo, e.hi)
      ELSE printf(',"%s":"0x%016x"', k.words, e.lo)
    END
    || coalesce(',"' || k.a || '":' || coalesce(e.a,
      CASE k.a WHEN 'returned_line' THEN (SELECT line FROM call_return WHERE seq = e.seq) END, 'null'), '')
    || coalesce(',"' || k.b || '":' || coalesce(e.b,
      CASE k.b WHEN 'returned_line' THEN (SELECT line FROM call_return WHERE seq = e.seq) END, 'null'), '')
    || coalesce(',"' || k.c || '":' || coalesce(e.c,
      CASE k.c WHEN 'returned_line' THEN (SELECT line FROM call_return WHERE seq = e.seq) END, 'null'), '')
    || coalesce(',"' || k.d || '":' || coalesce(e.d,
      CASE k.d WHEN 'returned_line' THEN (SELECT line FROM call_return WHERE seq = e.seq) END, 'null'), ''),
    ','
  ) || '}' AS payload,
  vm.name AS vm_name
FROM event AS e
JOIN event_kind AS k ON k.id = e.kind
LEFT JOIN task AS t ON t.id = e.task
LEFT JOIN vm ON vm.id = e.vm
LEFT JOIN vcpu ON vcpu.id = e.vcpu
LEFT JOIN cause ON cause.id = e.cause;

-- One row is a finding of the last check.
CREATE VIEW v_finding AS
SELECT
  f.recording_id, f.id, f.kind, f.rule, f.invariant, f.severity, f.seq, e.time_ns,
  CASE WHEN f.devid IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', f.segment, f.devid >> 8, (f.devid >> 3) & 31, f.devid & 7, f.irte_index)
  END AS irte,
  vm.vm_id, vcpu.vcpu_id, f.fields, f.expected_lo, f.expected_hi, f.observed_lo, f.observed_hi,
  f.cause_seq, f.evidence, f.title, f.bug, e.line, f.times, f.instead_of, f.difference,
  vm.name AS vm_name
FROM finding AS f
JOIN event AS e ON e.seq = f.seq
LEFT JOIN vcpu ON vcpu.id = f.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;

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
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(vcpu.vcpu_id) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
    )
  END AS vcpu_id,
  cause.name AS cause, i.cause_seq,
  CASE witness.name WHEN 'irte_anchored' THEN 'anchor' ELSE 'observed' END AS source, i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL AS overlaps_gap,
  witness.name AS witness,
  CASE
    WHEN i.lo & 128 AND tag.is_idx = 0 THEN 'ga_tag'
    WHEN i.lo & 128 THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(coalesce(vcpu.vcpu_idx_by, 'creation')) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
    )
  END AS vcpu_by,
  CASE WHEN i.lo & 128 THEN (
    SELECT CASE WHEN count(vm.name) = count(*) AND min(vm.name) = max(vm.name) THEN min(vm.name) END
    FROM vm WHERE vm.recording_id = i.recording_id AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
  ) END AS vm_name
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
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(vcpu.vcpu_id) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = i.tag >> layout.bits
        AND vcpu.vcpu_idx = i.tag & ((1 << layout.bits) - 1)
    )
  END,
  cause.name, i.cause_seq, 'predicted', i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL,
  NULL,
  CASE
    WHEN i.mode = 'posted' AND i.tag IS NOT NULL AND layout.is_idx = 0 THEN 'ga_tag'
    WHEN i.mode = 'posted' THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(coalesce(vcpu.vcpu_idx_by, 'creation')) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = i.tag >> layout.bits
        AND vcpu.vcpu_idx = i.tag & ((1 << layout.bits) - 1)
    )
  END,
  CASE WHEN i.mode = 'posted' THEN (
    SELECT CASE WHEN count(vm.name) = count(*) AND min(vm.name) = max(vm.name) THEN min(vm.name) END
    FROM vm WHERE vm.recording_id = i.recording_id AND vm.vm_id = i.tag >> layout.bits
  ) END
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
  i.avic_active, i.is_running, i.ga_log_intr, vcpu.vcpu_idx, i.recording_id,
  CASE WHEN vcpu.vcpu_idx IS NOT NULL THEN coalesce(vcpu.vcpu_idx_by, 'creation') END AS vcpu_idx_by,
  vm.name AS vm_name
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
  i.postable, i.recording_id, vm.name AS vm_name
FROM route_interval AS i
JOIN vm ON vm.id = i.vm;

-- One row is a stay of an irqfd's IRTE on a vCPU's ir_list.
CREATE VIEW v_link AS
SELECT
  vm.vm_id, vcpu.vcpu_id,
  CASE WHEN i.gsi IS NOT NULL THEN printf('vm%d/gsi%d', vm.vm_id, i.gsi) END AS irqfd, i.gsi,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  a.name AS added_by, r.name AS removed_by, 'observed' AS source, i.recording_id, vm.name AS vm_name
FROM link_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
JOIN event AS ae ON ae.seq = i.from_seq
LEFT JOIN cause AS a ON a.id = ae.cause
LEFT JOIN event AS re ON re.seq = i.to_seq
LEFT JOIN cause AS r ON r.id = re.cause;
