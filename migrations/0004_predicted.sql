-- Predicted IRTEs: of a recording that has no line of irte_write, what the rules say of each IRTE.
-- Derived from the events: it can be dropped and rebuilt.

-- A recording whose IRTEs are predicted, and the rules that did it.
CREATE TABLE prediction (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  rules TEXT NOT NULL
) STRICT;

-- An interval in which the same bits of an IRTE were known to be the same. A bit of lo or hi is known
-- where lo_known or hi_known has a 1, and 0 where it is not.
CREATE TABLE irte_predicted_interval (
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  lo INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo_known INTEGER NOT NULL,
  hi_known INTEGER NOT NULL,
  -- How many of the 128 bits are known.
  known_bits INTEGER NOT NULL,
  -- posted, remapped, allocated, free, unknown
  mode TEXT NOT NULL,
  cause INTEGER REFERENCES cause (id),
  cause_seq INTEGER,
  PRIMARY KEY (devid, irte_index, from_seq, segment)
) STRICT, WITHOUT ROWID;

-- One row is an interval in which an IRTE kept its bits. source observed: its writes are in the recording.
-- predicted: they are not, and the rules say what they were; a field of which a bit is not known is NULL.
-- Fields are decoded from lo and hi; vm_id and vcpu_id from the GA tag by the recording's rules.
-- overlaps_gap = 1: events were lost in it.
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
  ) AS overlaps_gap
FROM irte_interval AS i
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
  )
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
LEFT JOIN write_verdict AS w ON w.seq = e.seq
WHERE NOT EXISTS (SELECT 1 FROM prediction WHERE prediction.recording_id = i.recording_id);
