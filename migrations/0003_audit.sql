-- The audit: what `irqtwin check` decided about each IRTE write, and what it found. Derived: it can be
-- dropped, and the next check makes it anew.

-- One check of one recording under one rules profile; a new check replaces it.
CREATE TABLE audit (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  rules TEXT NOT NULL,
  observed INTEGER NOT NULL,
  explained INTEGER NOT NULL,
  mismatched INTEGER NOT NULL,
  unexpected INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  undefined INTEGER NOT NULL
) STRICT;

-- One IRTE write: the rule that explains it (T1 to T11), and the verdict.
CREATE TABLE write_verdict (
  seq INTEGER PRIMARY KEY REFERENCES event (seq),
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  rule TEXT,
  -- explained, mismatched, unexpected, unknown, undefined
  verdict TEXT NOT NULL
) STRICT;

-- One finding.
CREATE TABLE finding (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- F1, F2, ... in the order of the events.
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('mismatch', 'unexpected', 'missing', 'invariant')),
  rule TEXT,
  invariant TEXT,
  severity TEXT NOT NULL,
  seq INTEGER NOT NULL,
  devid INTEGER,
  irte_index INTEGER,
  segment INTEGER,
  vcpu INTEGER REFERENCES vcpu (id),
  -- Names of the fields that differ, comma-separated.
  fields TEXT NOT NULL,
  expected_lo INTEGER,
  expected_hi INTEGER,
  observed_lo INTEGER,
  observed_hi INTEGER,
  cause_seq INTEGER,
  -- seq of the events that prove it, as a JSON array.
  evidence TEXT NOT NULL,
  title TEXT NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

-- One row is a finding of the last `irqtwin check`.
CREATE VIEW v_finding AS
SELECT
  f.recording_id, f.id, f.kind, f.rule, f.invariant, f.severity, f.seq, e.time_ns,
  CASE WHEN f.devid IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', f.segment, f.devid >> 8, (f.devid >> 3) & 31, f.devid & 7, f.irte_index)
  END AS irte,
  vm.vm_id, vcpu.vcpu_id, f.fields, f.expected_lo, f.expected_hi, f.observed_lo, f.observed_hi,
  f.cause_seq, f.evidence, f.title
FROM finding AS f
JOIN event AS e ON e.seq = f.seq
LEFT JOIN vcpu ON vcpu.id = f.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;

-- One row is one changed field of one IRTE write. rule and allowed (1 explained, 0 not, NULL not
-- decided) come from the last `irqtwin check`.
CREATE VIEW v_irte_change AS
SELECT
  e.seq, e.time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  field.name AS field,
  CASE field.n
    WHEN 0 THEN CASE WHEN p.lo & 128 THEN 'posted' WHEN p.lo = 0 AND p.hi = 0 THEN 'free' WHEN p.lo = 0 AND p.hi = 255 THEN 'allocated' WHEN p.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN p.lo & 1
    WHEN 2 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 6) & 1 ELSE p.lo & 0 END
    WHEN 3 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 2) & 1 ELSE p.lo & 0 END
    WHEN 4 THEN ((p.lo >> 8) & 16777215) | (((p.hi >> 56) & 255) << 24)
    WHEN 5 THEN p.hi & 255
    WHEN 6 THEN (p.lo >> 32) & 4294967295
    WHEN 7 THEN (p.hi >> 12) & 1099511627775
  END AS old,
  CASE field.n
    WHEN 0 THEN CASE WHEN i.lo & 128 THEN 'posted' WHEN i.lo = 0 AND i.hi = 0 THEN 'free' WHEN i.lo = 0 AND i.hi = 255 THEN 'allocated' WHEN i.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN i.lo & 1
    WHEN 2 THEN CASE WHEN i.lo & 128 THEN (i.lo >> 6) & 1 ELSE i.lo & 0 END
    WHEN 3 THEN CASE WHEN i.lo & 128 THEN (i.lo >> 2) & 1 ELSE i.lo & 0 END
    WHEN 4 THEN ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24)
    WHEN 5 THEN i.hi & 255
    WHEN 6 THEN (i.lo >> 32) & 4294967295
    WHEN 7 THEN (i.hi >> 12) & 1099511627775
  END AS new,
  cause.name AS cause, e.cause_seq, t.comm, t.pid, e.cpu,
  w.rule,
  CASE w.verdict WHEN 'explained' THEN 1 WHEN 'mismatched' THEN 0 WHEN 'unexpected' THEN 0 END AS allowed,
  i.recording_id, i.devid, i.irte_index
FROM irte_interval AS i
JOIN irte_interval AS p
  ON p.devid = i.devid AND p.irte_index = i.irte_index AND p.segment = i.segment AND p.to_seq = i.from_seq
JOIN event AS e ON e.seq = i.from_seq
JOIN (
  SELECT 0 AS n, 'mode' AS name
UNION ALL
  SELECT 1 AS n, 'valid' AS name
UNION ALL
  SELECT 2 AS n, 'is_run' AS name
UNION ALL
  SELECT 3 AS n, 'ga_log_intr' AS name
UNION ALL
  SELECT 4 AS n, 'destination' AS name
UNION ALL
  SELECT 5 AS n, 'vector' AS name
UNION ALL
  SELECT 6 AS n, 'ga_tag' AS name
UNION ALL
  SELECT 7 AS n, 'ga_root_ptr' AS name
) AS field
  ON CASE field.n
    WHEN 0 THEN CASE WHEN p.lo & 128 THEN 'posted' WHEN p.lo = 0 AND p.hi = 0 THEN 'free' WHEN p.lo = 0 AND p.hi = 255 THEN 'allocated' WHEN p.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN p.lo & 1
    WHEN 2 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 6) & 1 ELSE p.lo & 0 END
    WHEN 3 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 2) & 1 ELSE p.lo & 0 END
    WHEN 4 THEN ((p.lo >> 8) & 16777215) | (((p.hi >> 56) & 255) << 24)
    WHEN 5 THEN p.hi & 255
    WHEN 6 THEN (p.lo >> 32) & 4294967295
    WHEN 7 THEN (p.hi >> 12) & 1099511627775
  END IS NOT CASE field.n
    WHEN 0 THEN CASE WHEN i.lo & 128 THEN 'posted' WHEN i.lo = 0 AND i.hi = 0 THEN 'free' WHEN i.lo = 0 AND i.hi = 255 THEN 'allocated' WHEN i.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN i.lo & 1
    WHEN 2 THEN CASE WHEN i.lo & 128 THEN (i.lo >> 6) & 1 ELSE i.lo & 0 END
    WHEN 3 THEN CASE WHEN i.lo & 128 THEN (i.lo >> 2) & 1 ELSE i.lo & 0 END
    WHEN 4 THEN ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24)
    WHEN 5 THEN i.hi & 255
    WHEN 6 THEN (i.lo >> 32) & 4294967295
    WHEN 7 THEN (i.hi >> 12) & 1099511627775
  END
LEFT JOIN task AS t ON t.id = e.task
LEFT JOIN cause ON cause.id = i.cause
LEFT JOIN write_verdict AS w ON w.seq = e.seq;

-- One stay of an IRTE on a vCPU's ir_list; to_seq NULL = still so. added_by, removed_by: the events.
CREATE TABLE link_interval (
  vcpu INTEGER NOT NULL REFERENCES vcpu (id),
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  gsi INTEGER,
  PRIMARY KEY (devid, irte_index, segment, from_seq)
) STRICT, WITHOUT ROWID;

-- One row is one stay of an irqfd's IRTE on a vCPU's ir_list.
CREATE VIEW v_link AS
SELECT
  vm.vm_id, vcpu.vcpu_id,
  CASE WHEN i.gsi IS NOT NULL THEN printf('vm%d/gsi%d', vm.vm_id, i.gsi) END AS irqfd, i.gsi,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.from_seq, i.to_seq, i.from_ns, i.to_ns,
  a.name AS added_by, r.name AS removed_by, 'observed' AS source, i.recording_id
FROM link_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
JOIN event AS ae ON ae.seq = i.from_seq
LEFT JOIN cause AS a ON a.id = ae.cause
LEFT JOIN event AS re ON re.seq = i.to_seq
LEFT JOIN cause AS r ON r.id = re.cause;
