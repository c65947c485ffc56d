-- Returns of calls become facts of their own, and a recording says of which platform it is.

-- What the events of a recording hold. 1: an event of a call carries the line of its return in its payload
-- (returned_line). 2: an event is never changed once it is made, and returns stand in call_return.
ALTER TABLE recording ADD COLUMN log_version INTEGER NOT NULL DEFAULT 1;

-- Whose interrupt remapping table it is: amd (IOMMU with AVIC).
ALTER TABLE recording ADD COLUMN platform TEXT NOT NULL DEFAULT 'amd';

-- A call whose return a probe shows. Insert-only.
CREATE TABLE call_return (
  -- The event of the call's entry.
  seq INTEGER PRIMARY KEY REFERENCES event (seq),
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- The line of the return in the trace.
  line INTEGER NOT NULL
) STRICT;

CREATE TRIGGER call_return_no_update BEFORE UPDATE ON call_return
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;

CREATE TRIGGER call_return_no_delete BEFORE DELETE ON call_return
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;

CREATE TRIGGER call_return_no_replace BEFORE INSERT ON call_return
WHEN EXISTS (SELECT 1 FROM call_return WHERE seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;

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

-- One row is a recording. superseded_by: the recording that corrects it; NULL = it is current.
DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, state, file, sha256, format, kernel, rules, rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT s.id FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by,
  platform, log_version
FROM recording AS r;
