-- What becomes of an interrupt that arrives now: for each entry, from which event on its fate is another one.

-- One fate with its path and its reason.
CREATE TABLE fate_verdict (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  fate TEXT NOT NULL,
  -- The platform's own word for the way of the interrupt; NULL = not known.
  path TEXT,
  -- 1 = a kernel function is at work: the fate is that of the bits before its write.
  in_flight INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

-- What decides the fate of one entry's interrupts; the same case comes up again and again.
CREATE TABLE fate_case (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  -- The vCPU that the entry posts to.
  vcpu INTEGER,
  fate_verdict INTEGER NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

-- The key is seq * 2^20 + the place among the changes of that event, so that the event needs no column of its own.
CREATE TABLE fate_change (
  id INTEGER PRIMARY KEY,
  fate_case INTEGER NOT NULL,
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
    SELECT change.id, change.id >> 20 AS from_seq, of.recording_id, of.segment, of.devid, of.irte_index, of.vcpu, of.fate_verdict,
      lag(of.fate_verdict) OVER entry IS of.fate_verdict AND lag(of.vcpu) OVER entry IS of.vcpu AS goes_on
    FROM fate_change AS change
    JOIN fate_case AS of ON of.recording_id = change.recording_id AND of.id = change.fate_case
    WINDOW entry AS (PARTITION BY of.recording_id, of.segment, of.devid, of.irte_index ORDER BY change.id)
  )
  WHERE NOT goes_on
) AS span
JOIN fate_verdict AS verdict ON verdict.recording_id = span.recording_id AND verdict.id = span.fate_verdict
LEFT JOIN vcpu ON vcpu.id = span.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;
