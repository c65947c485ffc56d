-- A recording that does not name its release is judged by every release that could have printed its lines.

-- The profiles by which it may be judged, oldest first, with ", " between them. Empty: its release has none. NULL: a
-- recording of an older schema, whose only profile stands in `rules`. `rules` is the profile by which it is read.
ALTER TABLE recording ADD COLUMN rules_allowed TEXT;

INSERT INTO tag_layout (rules, bits, is_idx) VALUES ('6.1', 9, 0);

-- One row is a recording. superseded_by: the recording that corrects it; NULL = it is current. rules: its own
-- profile; NULL where there is not exactly one. rules_read: the profile by which its lines are read.
DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, state, file, sha256, format, kernel,
  CASE WHEN coalesce(rules_allowed, rules) = rules THEN rules END AS rules,
  rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT s.id FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by,
  platform, log_version, sorted, left_out,
  coalesce(rules_allowed, rules, '') AS rules_allowed, rules AS rules_read
FROM recording AS r;
