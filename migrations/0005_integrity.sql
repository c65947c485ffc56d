-- Tamper evidence, and corrections: a recording that supersedes another.

-- Recordings that were imported before there was a chain have no links: 0.
ALTER TABLE recording ADD COLUMN chained INTEGER NOT NULL DEFAULT 0;

-- The recording that this one corrects; NULL = none. Both stay.
ALTER TABLE recording ADD COLUMN supersedes INTEGER REFERENCES recording (id);

-- The hash chain: a link for each batch of events; then, when the recording is complete, one for each
-- table that keeps more of its input. ARCHITECTURE.md says what is hashed.
CREATE TABLE chain (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- 1, 2, 3 ...: the number of the batch, and on from there.
  link INTEGER NOT NULL,
  -- The table whose rows it covers.
  content TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  -- The events of a batch; NULL = none.
  first_seq INTEGER,
  last_seq INTEGER,
  -- SHA-256 over the previous link's hash, the rows and the columns before, hexadecimal.
  hash TEXT NOT NULL,
  PRIMARY KEY (recording_id, link)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;

CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;

CREATE TRIGGER chain_no_replace BEFORE INSERT ON chain
WHEN EXISTS (SELECT 1 FROM chain WHERE recording_id = NEW.recording_id AND link = NEW.link)
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;

-- One row is a recording. superseded_by: the recording that corrects it; NULL = it is current.
DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, state, file, sha256, format, kernel, rules, rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT s.id FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by
FROM recording AS r;
