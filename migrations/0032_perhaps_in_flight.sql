-- in_flight of v_fate is NULL too where a function may be at work that began before the recording, or where events were lost:
-- fate_verdict has 2 there.

DROP VIEW v_fate;

CREATE VIEW v_fate AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', span.segment, span.devid >> 8, (span.devid >> 3) & 31, span.devid & 7, span.irte_index) AS irte,
  verdict.fate, verdict.path,
  CASE WHEN verdict.in_flight = 1 OR (verdict.in_flight = 0 AND verdict.fate <> 'unknown') THEN verdict.in_flight END AS in_flight,
  span.from_seq, span.to_seq,
  (SELECT time_ns FROM event WHERE seq = span.from_seq) AS from_ns,
  (SELECT time_ns FROM event WHERE seq = span.to_seq) AS to_ns,
  vm.vm_id, vcpu.vcpu_id, verdict.reason, 'observed' AS source, span.recording_id
FROM (
  SELECT *, lead(from_seq) OVER (PARTITION BY recording_id, segment, devid, irte_index ORDER BY id) AS to_seq
  FROM (
    SELECT id, from_seq, recording_id, segment, devid, irte_index, vcpu, fate_verdict,
      lag(fate_verdict) OVER entry IS fate_verdict AND lag(vcpu) OVER entry IS vcpu AS goes_on
    FROM (
      SELECT change.id, change.id >> 20 AS from_seq, of.recording_id, of.segment, of.devid, of.irte_index, facts.fate_verdict,
        CASE WHEN told.fate <> 'unknown' THEN of.vcpu END AS vcpu
      FROM fate_change AS change
      JOIN fate_case AS of ON of.recording_id = change.recording_id AND of.id = change.fate_case
      JOIN fate_facts AS facts ON facts.recording_id = of.recording_id AND facts.id = of.fate_facts
      JOIN fate_verdict AS told ON told.recording_id = facts.recording_id AND told.id = facts.fate_verdict
      WHERE change.recording_id NOT IN (SELECT recording_id FROM dropped_remainder)
    )
    WINDOW entry AS (PARTITION BY recording_id, segment, devid, irte_index ORDER BY id)
  )
  WHERE NOT goes_on
) AS span
JOIN fate_verdict AS verdict ON verdict.recording_id = span.recording_id AND verdict.id = span.fate_verdict
LEFT JOIN vcpu ON vcpu.id = span.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;
