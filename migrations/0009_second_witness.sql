-- The exchange inside of __modify_irte_ga() as the second witness of a write, and findings about the recording.

-- words irte_exchange: lo and hi are the entry after the exchange. The entry before it: its lo is
-- (b << 16) | (d >> 16), its hi is (c << 16) | (d & 65535); NULL = the line does not say.
INSERT INTO event_kind (id, name, meaning, a, b, c, d, words) VALUES
  (44, 'irte_exchanged', '__modify_irte_ga() exchanges the entry under the table''s lock: its bits after and before', 'written_seq', NULL, NULL, NULL, 'irte_exchange');

-- An import that died under an earlier schema is not continued: its lines would become other events now.
UPDATE recording SET log_version = 1 WHERE state = 'importing';

-- Kind of the event that began the interval (event_kind). irte_exchanged: at the exchange itself; irte_written:
-- when the function was entered, or, where its exchange is missing, when its CPU went on.
ALTER TABLE irte_interval ADD COLUMN witness INTEGER REFERENCES event_kind (id);
UPDATE irte_interval SET witness = (SELECT kind FROM event WHERE seq = from_seq);

DROP VIEW v_finding;
ALTER TABLE finding RENAME TO finding_before;

-- One finding. contradiction: two lines of the recording cannot both be true; the other kinds are about the kernel.
CREATE TABLE finding (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- F1, F2, ... in the order of the events.
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('contradiction', 'mismatch', 'unexpected', 'missing', 'invariant')),
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
  -- The known bug of the kernel's release that it is.
  bug TEXT,
  times INTEGER NOT NULL DEFAULT 1,
  -- Name of the IRTE that the rules demand a write of where this one was written.
  instead_of TEXT,
  -- Judged by other rules than the recording's: the difference of the two that it shows.
  difference TEXT,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO finding (recording_id, id, kind, rule, invariant, severity, seq, devid, irte_index, segment, vcpu, fields,
  expected_lo, expected_hi, observed_lo, observed_hi, cause_seq, evidence, title, bug, times, instead_of, difference)
SELECT recording_id, id, kind, rule, invariant, severity, seq, devid, irte_index, segment, vcpu, fields,
  expected_lo, expected_hi, observed_lo, observed_hi, cause_seq, evidence, title, bug, times, instead_of, difference
FROM finding_before;
DROP TABLE finding_before;

-- One row is a finding of the last `irqtwin check`.
CREATE VIEW v_finding AS
SELECT
  f.recording_id, f.id, f.kind, f.rule, f.invariant, f.severity, f.seq, e.time_ns,
  CASE WHEN f.devid IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', f.segment, f.devid >> 8, (f.devid >> 3) & 31, f.devid & 7, f.irte_index)
  END AS irte,
  vm.vm_id, vcpu.vcpu_id, f.fields, f.expected_lo, f.expected_hi, f.observed_lo, f.observed_hi,
  f.cause_seq, f.evidence, f.title, f.bug, e.line, f.times, f.instead_of, f.difference
FROM finding AS f
JOIN event AS e ON e.seq = f.seq
LEFT JOIN vcpu ON vcpu.id = f.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;

-- One row is an interval in which an IRTE kept its bits. source observed: its writes are in the recording.
-- predicted: they are not, and the rules say what they were; a field of which a bit is not known is NULL.
-- Fields are decoded from lo and hi; vm_id and vcpu_id from the GA tag by the recording's rules.
-- overlaps_gap = 1: events were lost in it. witness: the kind of event that began it.
DROP VIEW v_irte;

CREATE VIEW v_irte AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.devid, i.irte_index, i.from_seq, i.to_seq, i.from_ns, i.to_ns, i.lo, i.hi,
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
  EXISTS (
    SELECT 1 FROM gap
    WHERE gap.recording_id = i.recording_id AND gap.kind = 'lost'
      AND gap.to_seq > i.from_seq AND (i.to_seq IS NULL OR coalesce(gap.from_seq, 0) < i.to_seq)
      AND i.lo IS NOT NULL
  ) AS overlaps_gap,
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
  i.devid, i.irte_index, i.from_seq, i.to_seq, i.from_ns, i.to_ns,
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
  EXISTS (
    SELECT 1 FROM gap
    WHERE gap.recording_id = i.recording_id AND gap.kind = 'lost'
      AND gap.to_seq > i.from_seq AND (i.to_seq IS NULL OR coalesce(gap.from_seq, 0) < i.to_seq)
      AND (i.lo_known <> 0 OR i.hi_known <> 0)
  ),
  NULL
FROM (
  SELECT *, CASE WHEN (lo_known >> 32) & 4294967295 = 4294967295 THEN (lo >> 32) & 4294967295 END AS tag
  FROM irte_predicted_interval
) AS i
JOIN prediction AS p ON p.recording_id = i.recording_id
LEFT JOIN tag_layout AS layout ON layout.rules = p.rules
LEFT JOIN cause ON cause.id = i.cause;

-- One row is one changed field of one IRTE write. rule and allowed (1 explained, 0 not, NULL not
-- decided) come from the last `irqtwin check`. Predicted IRTEs are not here: none of their writes was seen.
DROP VIEW v_irte_change;

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
LEFT JOIN write_verdict AS w ON w.seq = CASE WHEN e.kind = 44 AND e.a IS NOT NULL THEN e.a ELSE e.seq END
WHERE NOT EXISTS (SELECT 1 FROM prediction WHERE prediction.recording_id = i.recording_id);

-- One row is an event. payload: the kind's own fields as JSON, 64-bit words as hexadecimal text;
-- returned_line is the line at which the call returned, whatever the version of the log.
DROP VIEW v_event;

CREATE VIEW v_event AS
SELECT
  e.seq, e.time_ns, e.cpu, t.comm, t.pid, k.name AS kind,
  vm.vm_id, vcpu.vcpu_id, e.devid, e.irte_index, e.gsi, e.host_irq,
  e.cause_seq, cause.name AS cause, 'observed' AS source, e.recording_id, e.line,
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
  ) || '}' AS payload
FROM event AS e
JOIN event_kind AS k ON k.id = e.kind
LEFT JOIN task AS t ON t.id = e.task
LEFT JOIN vm ON vm.id = e.vm
LEFT JOIN vcpu ON vcpu.id = e.vcpu
LEFT JOIN cause ON cause.id = e.cause;
