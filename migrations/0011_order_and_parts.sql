-- Files whose lines are not in the order of time, and files that are parts of a trace.

-- The lines were put in the order of their stamps: the file holds one CPU after another.
ALTER TABLE recording ADD COLUMN sorted INTEGER NOT NULL DEFAULT 0;

-- Entries of the trace that the file lacks, by the trace's own header; 0 = some; NULL = none that is known of.
ALTER TABLE recording ADD COLUMN left_out INTEGER;

-- The last event before the return; NULL = the lines of the file are in the order of time.
ALTER TABLE call_return ADD COLUMN after_seq INTEGER;

-- One row is a recording. superseded_by: the recording that corrects it; NULL = it is current.
DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, state, file, sha256, format, kernel, rules, rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT s.id FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by,
  platform, log_version, sorted, left_out
FROM recording AS r;
