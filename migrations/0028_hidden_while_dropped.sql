-- A recording that is dropped is gone from every view at once, while its rows are still removed a few at a time: the views
-- leave out those of which rows are left. in_flight of v_fate is NULL where the fate is not known and no function is seen at
-- work. superseded_by is the newest correction, because what was corrected can be corrected anew once that was dropped.

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
LEFT JOIN cause ON cause.id = e.cause
WHERE e.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_fate;

CREATE VIEW v_fate AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', span.segment, span.devid >> 8, (span.devid >> 3) & 31, span.devid & 7, span.irte_index) AS irte,
  verdict.fate, verdict.path,
  CASE WHEN verdict.in_flight = 1 OR verdict.fate <> 'unknown' THEN verdict.in_flight END AS in_flight,
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

DROP VIEW v_finding;

CREATE VIEW v_finding AS
SELECT
  f.recording_id, f.id, f.kind, f.rule, f.invariant, f.severity, f.seq, e.time_ns,
  CASE WHEN f.devid IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', f.segment, f.devid >> 8, (f.devid >> 3) & 31, f.devid & 7, f.irte_index)
  END AS irte,
  vm.vm_id, vcpu.vcpu_id, f.fields, f.expected_lo, f.expected_hi, f.observed_lo, f.observed_hi,
  f.cause_seq, f.evidence, f.title, f.bug, e.line, f.times, f.instead_of, f.difference,
  vm.name AS vm_name
FROM finding AS f
JOIN event AS e ON e.seq = f.seq
LEFT JOIN vcpu ON vcpu.id = f.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm
WHERE f.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_gap;

CREATE VIEW v_gap AS
SELECT recording_id, kind, cpu, lost, from_seq, to_seq, from_ns, to_ns, line
FROM gap
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_header;

CREATE VIEW v_header AS
SELECT recording_id, line, key, value, problem FROM header_line
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_interrupt;

CREATE VIEW v_interrupt AS
SELECT i.id, (SELECT time_ns FROM event WHERE seq = i.id) AS time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index)
    || iif(i.devid IS NULL, NULL, '') AS irte,
  vm.vm_id, vcpu.vcpu_id,
  'vm' || (SELECT vm_id FROM vm AS m WHERE m.id = got.vm) || '/vcpu' || got.vcpu_id AS vcpu_got,
  of.fate, of.path,
  (SELECT time_ns FROM event WHERE seq = iif(of.shown IN ('handled', 'injected'), i.id, NULL)) AS raised_ns,
  (SELECT time_ns FROM event WHERE seq = iif(of.shown = 'logged', i.id, NULL)) AS logged_ns,
  (SELECT time_ns FROM event WHERE seq = i.woken_seq) AS woken_ns,
  (SELECT time_ns FROM event WHERE seq = i.running_seq) AS running_ns,
  of.verdict, of.sure, of.reason,
  '[' || i.id || coalesce(',' || nullif(i.accepted_seq, i.id), '') || coalesce(',' || i.woken_seq, '')
    || iif(i.running_seq IN (i.id, i.accepted_seq, i.woken_seq), '', coalesce(',' || i.running_seq, '')) || ']' AS evidence,
  i.recording_id
FROM interrupt AS i
JOIN interrupt_case AS of ON of.recording_id = i.recording_id AND of.id = i.interrupt_case
LEFT JOIN vcpu ON vcpu.id = i.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm
LEFT JOIN vcpu AS got ON got.id = i.got
WHERE i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_irte;

CREATE VIEW v_irte AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.devid, i.irte_index, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns, i.lo, i.hi,
  CASE
    WHEN i.lo IS NULL THEN 'unknown'
    WHEN i.lo = 0 AND i.hi = 0 THEN 'free'
    WHEN i.lo = 0 AND i.hi = 255 THEN 'allocated'
    WHEN i.lo & 128 THEN 'posted'
    ELSE 'remapped'
  END AS mode,
  i.lo & 1 AS valid,
  i.hi & 255 AS vector,
  ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24) AS destination,
  CASE WHEN i.lo & 128 THEN (i.lo >> 6) & 1 ELSE i.lo & 0 END AS is_run,
  CASE WHEN i.lo & 128 THEN (i.lo >> 2) & 1 ELSE i.lo & 0 END AS ga_log_intr,
  (i.lo >> 32) & 4294967295 AS ga_tag,
  (i.hi >> 12) & 1099511627775 AS ga_root_ptr,
  CASE WHEN i.lo & 128 THEN ((i.lo >> 32) & 4294967295) >> tag.bits END AS vm_id,
  CASE
    WHEN i.lo & 128 AND tag.is_idx = 0 THEN (i.lo >> 32) & ((1 << tag.bits) - 1)
    WHEN i.lo & 128 THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(vcpu.vcpu_id) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
    )
  END AS vcpu_id,
  cause.name AS cause, i.cause_seq,
  CASE witness.name WHEN 'irte_anchored' THEN 'anchor' ELSE 'observed' END AS source, i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL AS overlaps_gap,
  witness.name AS witness,
  CASE
    WHEN i.lo & 128 AND tag.is_idx = 0 THEN 'ga_tag'
    WHEN i.lo & 128 THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(coalesce(vcpu.vcpu_idx_by, 'creation')) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
    )
  END AS vcpu_by,
  CASE WHEN i.lo & 128 THEN (
    SELECT CASE WHEN count(vm.name) = count(*) AND min(vm.name) = max(vm.name) THEN min(vm.name) END
    FROM vm WHERE vm.recording_id = i.recording_id AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
  ) END AS vm_name
FROM irte_interval AS i
LEFT JOIN event_kind AS witness ON witness.id = i.witness
JOIN recording AS r ON r.id = i.recording_id
LEFT JOIN tag_layout AS tag ON tag.rules = r.rules
LEFT JOIN cause ON cause.id = i.cause
WHERE NOT EXISTS (SELECT 1 FROM prediction WHERE prediction.recording_id = i.recording_id)
  AND i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder)
UNION ALL
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index),
  i.devid, i.irte_index, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE WHEN i.lo_known = -1 THEN i.lo END,
  CASE WHEN i.hi_known = -1 THEN i.hi END,
  i.mode,
  CASE WHEN i.lo_known & 1 THEN i.lo & 1 END,
  CASE WHEN i.hi_known & 255 = 255 THEN i.hi & 255 END,
  CASE WHEN (i.lo_known >> 8) & 16777215 = 16777215 AND (i.hi_known >> 56) & 255 = 255
    THEN ((i.lo >> 8) & 16777215) | (((i.hi >> 56) & 255) << 24) END,
  CASE WHEN i.mode = 'posted' THEN CASE WHEN i.lo_known & 64 THEN (i.lo >> 6) & 1 END WHEN i.lo_known & 128 THEN 0 END,
  CASE WHEN i.mode = 'posted' THEN CASE WHEN i.lo_known & 4 THEN (i.lo >> 2) & 1 END WHEN i.lo_known & 128 THEN 0 END,
  i.tag,
  CASE WHEN (i.hi_known >> 12) & 1099511627775 = 1099511627775 THEN (i.hi >> 12) & 1099511627775 END,
  CASE WHEN i.mode = 'posted' THEN i.tag >> layout.bits END,
  CASE
    WHEN i.mode = 'posted' AND layout.is_idx = 0 THEN i.tag & ((1 << layout.bits) - 1)
    WHEN i.mode = 'posted' THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(vcpu.vcpu_id) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = i.tag >> layout.bits
        AND vcpu.vcpu_idx = i.tag & ((1 << layout.bits) - 1)
    )
  END,
  cause.name, i.cause_seq, 'predicted', i.recording_id,
  i.known_to_seq IS NOT NULL AND i.lo IS NOT NULL,
  NULL,
  CASE
    WHEN i.mode = 'posted' AND i.tag IS NOT NULL AND layout.is_idx = 0 THEN 'ga_tag'
    WHEN i.mode = 'posted' THEN (
      SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id) THEN min(coalesce(vcpu.vcpu_idx_by, 'creation')) END
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = i.tag >> layout.bits
        AND vcpu.vcpu_idx = i.tag & ((1 << layout.bits) - 1)
    )
  END,
  CASE WHEN i.mode = 'posted' THEN (
    SELECT CASE WHEN count(vm.name) = count(*) AND min(vm.name) = max(vm.name) THEN min(vm.name) END
    FROM vm WHERE vm.recording_id = i.recording_id AND vm.vm_id = i.tag >> layout.bits
  ) END
FROM (
  SELECT *, CASE WHEN (lo_known >> 32) & 4294967295 = 4294967295 THEN (lo >> 32) & 4294967295 END AS tag
  FROM irte_predicted_interval
) AS i
JOIN prediction AS p ON p.recording_id = i.recording_id
LEFT JOIN tag_layout AS layout ON layout.rules = p.rules
LEFT JOIN cause ON cause.id = i.cause
WHERE i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_irte_change;

CREATE VIEW v_irte_change AS
SELECT
  e.seq, e.time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  field.name AS field,
  CASE field.n
    WHEN 0 THEN CASE WHEN p.lo & 128 THEN 'posted' WHEN p.lo = 0 AND p.hi = 0 THEN 'free' WHEN p.lo = 0 AND p.hi = 255 THEN 'allocated' WHEN p.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN p.lo & 1
    WHEN 2 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 6) & 1 ELSE p.lo & 0 END
    WHEN 3 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 2) & 1 ELSE p.lo & 0 END
    WHEN 4 THEN ((p.lo >> 8) & 16777215) | (((p.hi >> 56) & 255) << 24)
    WHEN 5 THEN p.hi & 255
    WHEN 6 THEN (p.lo >> 32) & 4294967295
    WHEN 7 THEN (p.hi >> 12) & 1099511627775
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
    WHEN 0 THEN CASE WHEN p.lo & 128 THEN 'posted' WHEN p.lo = 0 AND p.hi = 0 THEN 'free' WHEN p.lo = 0 AND p.hi = 255 THEN 'allocated' WHEN p.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN p.lo & 1
    WHEN 2 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 6) & 1 ELSE p.lo & 0 END
    WHEN 3 THEN CASE WHEN p.lo & 128 THEN (p.lo >> 2) & 1 ELSE p.lo & 0 END
    WHEN 4 THEN ((p.lo >> 8) & 16777215) | (((p.hi >> 56) & 255) << 24)
    WHEN 5 THEN p.hi & 255
    WHEN 6 THEN (p.lo >> 32) & 4294967295
    WHEN 7 THEN (p.hi >> 12) & 1099511627775
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

DROP VIEW v_link;

CREATE VIEW v_link AS
SELECT
  vm.vm_id, vcpu.vcpu_id,
  CASE WHEN i.gsi IS NOT NULL THEN printf('vm%d/gsi%d', vm.vm_id, i.gsi) END AS irqfd, i.gsi,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  a.name AS added_by, r.name AS removed_by, 'observed' AS source, i.recording_id, vm.name AS vm_name,
  i.devid, i.irte_index
FROM link_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
JOIN event AS ae ON ae.seq = i.from_seq
LEFT JOIN cause AS a ON a.id = ae.cause
LEFT JOIN event AS re ON re.seq = i.to_seq
LEFT JOIN cause AS r ON r.id = re.cause
WHERE i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_recording;

CREATE VIEW v_recording AS
SELECT
  id AS recording_id, CASE WHEN d.recording_id IS NULL THEN state ELSE 'dropped' END AS state, file, sha256, format,
  kernel, CASE WHEN coalesce(rules_allowed, rules) = rules THEN rules END AS rules,
  rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly, supersedes,
  (SELECT max(s.id) FROM recording AS s WHERE s.supersedes = r.id AND s.state = 'complete') AS superseded_by,
  platform, log_version, sorted, left_out,
  coalesce(rules_allowed, rules, '') AS rules_allowed, rules AS rules_read,
  d.dropped_at, d.why AS dropped_why
FROM recording AS r
LEFT JOIN dropped_recording AS d ON d.recording_id = r.id;

DROP VIEW v_route;

CREATE VIEW v_route AS
SELECT
  vm.vm_id, i.gsi, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE i.type
    WHEN 0 THEN 'none' WHEN 1 THEN 'irqchip' WHEN 2 THEN 'msi' WHEN 3 THEN 's390_adapter'
    WHEN 4 THEN 'hv_sint' WHEN 5 THEN 'xen_evtchn' ELSE 'unknown'
  END AS type,
  i.address, i.data, i.dest, i.vector,
  CASE i.delivery_mode
    WHEN 0 THEN 'Fixed' WHEN 1 THEN 'LowPrio' WHEN 2 THEN 'SMI' WHEN 3 THEN 'Res3'
    WHEN 4 THEN 'NMI' WHEN 5 THEN 'INIT' WHEN 6 THEN 'SIPI' WHEN 7 THEN 'ExtINT'
  END AS delivery_mode,
  i.postable, i.recording_id, vm.name AS vm_name
FROM route_interval AS i
JOIN vm ON vm.id = i.vm
WHERE i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_vcpu;

CREATE VIEW v_vcpu AS
SELECT
  vm.vm_id, vcpu.vcpu_id, i.from_seq, coalesce(i.known_to_seq, i.to_seq) AS to_seq, i.from_ns, CASE WHEN i.known_to_seq IS NULL THEN i.to_ns ELSE (SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq) END AS to_ns,
  CASE i.run_state
    WHEN 1 THEN 'running' WHEN 2 THEN 'out' WHEN 3 THEN 'blocking' WHEN 4 THEN 'freed' ELSE 'unknown'
  END AS run_state,
  CASE WHEN i.pcpu >= 0 THEN i.pcpu END AS pcpu,
  i.avic_active, i.is_running, i.ga_log_intr, vcpu.vcpu_idx, i.recording_id,
  CASE WHEN vcpu.vcpu_idx IS NOT NULL THEN coalesce(vcpu.vcpu_idx_by, 'creation') END AS vcpu_idx_by,
  vm.name AS vm_name
FROM vcpu_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm
WHERE i.recording_id NOT IN (SELECT recording_id FROM dropped_remainder);

DROP VIEW v_vm;

CREATE VIEW v_vm AS
SELECT
  recording_id, vm_id, name, vmm_pid, kvm,
  CASE WHEN vm_id IS NOT NULL THEN coalesce(vm_id_by, 'line') END AS vm_id_by,
  vm_id_seq, id AS vm
FROM vm
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);
