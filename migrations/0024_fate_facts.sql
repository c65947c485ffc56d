-- A fate is judged once for all entries of which the same is known, and again when the recording is complete: only few
-- rows change then. The fates of recordings that are stored already go: `rebuild` makes them again.

DROP VIEW v_fate;
DELETE FROM fate_change;
DELETE FROM fate_case;
DELETE FROM fate_verdict;
ALTER TABLE fate_case RENAME COLUMN fate_verdict TO fate_facts;

-- What is known of an entry, its vCPU and its route.
CREATE TABLE fate_facts (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  fate_verdict INTEGER NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

-- The cases of all entries that have one, as of some of the changes, so that no question about a moment reads all
-- changes before it.
CREATE TABLE fate_state (
  -- The change after which it is so.
  fate_change INTEGER PRIMARY KEY,
  -- Numbers of cases, 32 bits each, the lowest byte first.
  cases BLOB NOT NULL,
  recording_id INTEGER NOT NULL
) STRICT;

CREATE VIEW v_fate AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', span.segment, span.devid >> 8, (span.devid >> 3) & 31, span.devid & 7, span.irte_index) AS irte,
  verdict.fate, verdict.path, verdict.in_flight,
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
    )
    WINDOW entry AS (PARTITION BY recording_id, segment, devid, irte_index ORDER BY id)
  )
  WHERE NOT goes_on
) AS span
JOIN fate_verdict AS verdict ON verdict.recording_id = span.recording_id AND verdict.id = span.fate_verdict
LEFT JOIN vcpu ON vcpu.id = span.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;
