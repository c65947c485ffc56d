-- The text that a user wrote to trace_marker: an event of the kind `marker`, with its text beside it.

INSERT INTO event_kind (id, name, meaning, words) VALUES
  (46, 'marker', 'a text that a user wrote to trace_marker', 'none');

CREATE TABLE marker (
  seq INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  text TEXT NOT NULL
) STRICT;

CREATE TRIGGER marker_no_update BEFORE UPDATE ON marker
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;

CREATE TRIGGER marker_no_delete BEFORE DELETE ON marker
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;

CREATE TRIGGER marker_no_replace BEFORE INSERT ON marker
WHEN (SELECT seq FROM marker WHERE seq = NEW.seq) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;

DROP VIEW v_event;

CREATE VIEW v_event AS
SELECT
  e.seq, e.time_ns, e.cpu, t.comm, t.pid, k.name AS kind,
  vm.vm_id, vcpu.vcpu_id, e.devid, e.irte_index, e.gsi, e.host_irq,
  e.cause_seq, cause.name AS cause, CASE k.name WHEN 'irte_anchored' THEN 'anchor' ELSE 'observed' END AS source, e.recording_id, e.line,
  '{' || ltrim(
    CASE
      WHEN e.lo IS NULL THEN ''
      WHEN k.words = 'irte_exchange' THEN printf(',"lo":"0x%016x","hi":"0x%016x"', e.lo, e.hi)
        || CASE WHEN e.b IS NULL THEN '' ELSE printf(',"old_lo":"0x%016x","old_hi":"0x%016x"',
          (e.b << 16) | (e.d >> 16), (e.c << 16) | (e.d & 65535)) END
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
      CASE k.d WHEN 'returned_line' THEN (SELECT line FROM call_return WHERE seq = e.seq) END, 'null'), '')
    || CASE k.name WHEN 'marker' THEN ',"text":' || json_quote((SELECT text FROM marker WHERE seq = e.seq)) ELSE '' END,
    ','
  ) || '}' AS payload,
  vm.name AS vm_name,
  CASE WHEN e.irte_index IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', coalesce(e.segment, 0), e.devid >> 8, (e.devid >> 3) & 31, e.devid & 7, e.irte_index)
  END AS irte,
  CASE WHEN vm.vm_id IS NOT NULL AND vcpu.vcpu_id IS NOT NULL THEN printf('vm%d/vcpu%d', vm.vm_id, vcpu.vcpu_id) END AS vcpu,
  CASE k.name WHEN 'marker' THEN (SELECT text FROM marker WHERE seq = e.seq) END AS text
FROM event AS e
JOIN event_kind AS k ON k.id = e.kind
LEFT JOIN task AS t ON t.id = e.task
LEFT JOIN vm ON vm.id = e.vm
LEFT JOIN vcpu ON vcpu.id = e.vcpu
LEFT JOIN cause ON cause.id = e.cause;
