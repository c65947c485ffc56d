-- Recordings that are dropped on purpose, and parts of a trace that goes on.

-- A complete recording whose rows are removed, all but its own, its links of the chain, and this one. Insert-only.
CREATE TABLE dropped_recording (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  -- The wall clock, in UTC, such as 2026-01-31T12:00:00.000Z.
  dropped_at TEXT NOT NULL,
  why TEXT NOT NULL,
  -- How many events it had.
  events INTEGER NOT NULL,
  -- The hash of its last link; NULL = it was imported before there was a chain.
  hash TEXT
) STRICT;

-- A dropped recording of which rows are left: whoever writes to the timeline next removes them.
CREATE TABLE dropped_remainder (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id)
) STRICT;

CREATE TRIGGER dropped_recording_no_update BEFORE UPDATE ON dropped_recording
BEGIN
  SELECT RAISE(ABORT, 'what was dropped stays dropped');
END;

CREATE TRIGGER dropped_recording_no_delete BEFORE DELETE ON dropped_recording
BEGIN
  SELECT RAISE(ABORT, 'what was dropped stays dropped');
END;

CREATE TRIGGER dropped_recording_no_replace BEFORE INSERT ON dropped_recording
WHEN EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = NEW.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'what was dropped stays dropped');
END;

CREATE TRIGGER dropped_recording_is_complete BEFORE INSERT ON dropped_recording
WHEN (SELECT state FROM recording WHERE id = NEW.recording_id) IS NOT 'complete'
BEGIN
  SELECT RAISE(ABORT, 'only a complete recording can be dropped');
END;

-- What a complete recording keeps of its input can be removed once it is dropped; its links and its own row stay.
DROP TRIGGER event_no_delete;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
END;

DROP TRIGGER gap_no_delete;
CREATE TRIGGER gap_no_delete BEFORE DELETE ON gap
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'gaps are insert-only');
END;

DROP TRIGGER rejected_line_no_delete;
CREATE TRIGGER rejected_line_no_delete BEFORE DELETE ON rejected_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;

DROP TRIGGER call_return_no_delete;
CREATE TRIGGER call_return_no_delete BEFORE DELETE ON call_return
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;

DROP TRIGGER header_line_no_delete;
CREATE TRIGGER header_line_no_delete BEFORE DELETE ON header_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

DROP TRIGGER header_word_no_delete;
CREATE TRIGGER header_word_no_delete BEFORE DELETE ON header_word
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;

DROP TRIGGER marker_no_delete;
CREATE TRIGGER marker_no_delete BEFORE DELETE ON marker
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;

-- A recording that is one part of a source that goes on. It is stored when the recording becomes complete.
CREATE TABLE recording_part (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  -- The wall clock when it became complete, as in dropped_recording.
  ended_at TEXT NOT NULL,
  -- The bytes of the source that it has: from the first one, counted from 0, up to the one before the last number.
  from_byte INTEGER NOT NULL,
  to_byte INTEGER NOT NULL,
  -- SHA-256 of the last bytes of the source before to_byte, 4096 at most, hexadecimal.
  tail_sha256 TEXT NOT NULL
) STRICT;

-- One row is a recording. state: importing, complete or dropped. superseded_by: the recording that corrects it; NULL =
-- it is current. dropped_at, dropped_why: when and why it was dropped; NULL = it is not.
DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, CASE WHEN d.recording_id IS NULL THEN state ELSE 'dropped' END AS state, file, sha256, format,
  kernel, CASE WHEN coalesce(rules_allowed, rules) = rules THEN rules END AS rules,
  rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT s.id FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by,
  platform, log_version, sorted, left_out,
  coalesce(rules_allowed, rules, '') AS rules_allowed, rules AS rules_read,
  d.dropped_at, d.why AS dropped_why
FROM recording AS r
LEFT JOIN dropped_recording AS d ON d.recording_id = r.id;
