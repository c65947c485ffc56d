-- Where events were lost between two writes of an entry, what it held before the second one is not known: v_irte ends the
-- interval there, and v_irte_change showed its bits as the old ones.

DROP VIEW v_irte_change;

CREATE VIEW v_irte_change AS
SELECT
  e.seq, e.time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  field.name AS field,
  CASE field.n
    WHEN 0 THEN CASE WHEN before.lo & 128 THEN 'posted' WHEN before.lo = 0 AND before.hi = 0 THEN 'free' WHEN before.lo = 0 AND before.hi = 255 THEN 'allocated' WHEN before.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN before.lo & 1
    WHEN 2 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 6) & 1 ELSE before.lo & 0 END
    WHEN 3 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 2) & 1 ELSE before.lo & 0 END
    WHEN 4 THEN ((before.lo >> 8) & 16777215) | (((before.hi >> 56) & 255) << 24)
    WHEN 5 THEN before.hi & 255
    WHEN 6 THEN (before.lo >> 32) & 4294967295
    WHEN 7 THEN (before.hi >> 12) & 1099511627775
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
  AND p.from_seq = (
    SELECT max(q.from_seq) FROM irte_interval AS q
    WHERE q.devid = i.devid AND q.irte_index = i.irte_index AND q.from_seq < i.from_seq AND q.segment = i.segment
  )
-- What is not known any more after a loss (no bits) was changed by the loss itself.
LEFT JOIN irte_interval AS before
  ON before.devid = p.devid AND before.irte_index = p.irte_index AND before.segment = p.segment
  AND before.from_seq = p.from_seq AND (p.known_to_seq IS NULL OR i.lo IS NULL)
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
    WHEN 0 THEN CASE WHEN before.lo & 128 THEN 'posted' WHEN before.lo = 0 AND before.hi = 0 THEN 'free' WHEN before.lo = 0 AND before.hi = 255 THEN 'allocated' WHEN before.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN before.lo & 1
    WHEN 2 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 6) & 1 ELSE before.lo & 0 END
    WHEN 3 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 2) & 1 ELSE before.lo & 0 END
    WHEN 4 THEN ((before.lo >> 8) & 16777215) | (((before.hi >> 56) & 255) << 24)
    WHEN 5 THEN before.hi & 255
    WHEN 6 THEN (before.lo >> 32) & 4294967295
    WHEN 7 THEN (before.hi >> 12) & 1099511627775
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
WHERE NOT EXISTS (SELECT 1 FROM prediction WHERE prediction.recording_id = i.recording_id)
  AND i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);
