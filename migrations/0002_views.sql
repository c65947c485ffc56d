-- The stable views: what users and scripts may rely on. Any SQLite client can read them.
-- lo and hi are signed 64-bit integers: printf('%016x', lo) shows them.

-- One row is an event. payload: the kind's own fields as JSON, 64-bit words as hexadecimal text.
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
    || coalesce(',"' || k.a || '":' || coalesce(e.a, 'null'), '')
    || coalesce(',"' || k.b || '":' || coalesce(e.b, 'null'), '')
    || coalesce(',"' || k.c || '":' || coalesce(e.c, 'null'), '')
    || coalesce(',"' || k.d || '":' || coalesce(e.d, 'null'), ''),
    ','
  ) || '}' AS payload
FROM event AS e
JOIN event_kind AS k ON k.id = e.kind
LEFT JOIN task AS t ON t.id = e.task
LEFT JOIN vm ON vm.id = e.vm
LEFT JOIN vcpu ON vcpu.id = e.vcpu
LEFT JOIN cause ON cause.id = e.cause;

-- One row is an interval in which an IRTE kept its bits. Fields are decoded from lo and hi; vm_id
-- and vcpu_id from the GA tag by the recording's rules. overlaps_gap = 1: events were lost in it.
CREATE VIEW v_irte AS
SELECT
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  i.devid, i.irte_index, i.from_seq, i.to_seq, i.from_ns, i.to_ns, i.lo, i.hi,
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
      SELECT vcpu.vcpu_id
      FROM vcpu JOIN vm ON vm.id = vcpu.vm
      WHERE vcpu.recording_id = i.recording_id
        AND vm.vm_id = ((i.lo >> 32) & 4294967295) >> tag.bits
        AND vcpu.vcpu_idx = (i.lo >> 32) & ((1 << tag.bits) - 1)
      ORDER BY vcpu.id DESC LIMIT 1
    )
  END AS vcpu_id,
  cause.name AS cause, i.cause_seq, 'observed' AS source, i.recording_id,
  EXISTS (
    SELECT 1 FROM gap
    WHERE gap.recording_id = i.recording_id AND gap.kind = 'lost'
      AND gap.to_seq > i.from_seq AND (i.to_seq IS NULL OR coalesce(gap.from_seq, 0) < i.to_seq)
      AND i.lo IS NOT NULL
  ) AS overlaps_gap
FROM irte_interval AS i
JOIN recording AS r ON r.id = i.recording_id
LEFT JOIN tag_layout AS tag ON tag.rules = r.rules
LEFT JOIN cause ON cause.id = i.cause;

-- One row is an interval of one vCPU's state. pcpu: the CPU it is loaded on; NULL = none or unknown.
CREATE VIEW v_vcpu AS
SELECT
  vm.vm_id, vcpu.vcpu_id, i.from_seq, i.to_seq, i.from_ns, i.to_ns,
  CASE i.run_state
    WHEN 1 THEN 'running' WHEN 2 THEN 'out' WHEN 3 THEN 'blocking' WHEN 4 THEN 'freed' ELSE 'unknown'
  END AS run_state,
  CASE WHEN i.pcpu >= 0 THEN i.pcpu END AS pcpu,
  i.avic_active, i.is_running, i.ga_log_intr, vcpu.vcpu_idx, i.recording_id
FROM vcpu_interval AS i
JOIN vcpu ON vcpu.id = i.vcpu
JOIN vm ON vm.id = vcpu.vm;

-- One row is an interval of one GSI's route, as far as irqfds on it show it.
CREATE VIEW v_route AS
SELECT
  vm.vm_id, i.gsi, i.from_seq, i.to_seq, i.from_ns, i.to_ns,
  CASE i.type
    WHEN 0 THEN 'none' WHEN 1 THEN 'irqchip' WHEN 2 THEN 'msi' WHEN 3 THEN 's390_adapter'
    WHEN 4 THEN 'hv_sint' WHEN 5 THEN 'xen_evtchn' ELSE 'unknown'
  END AS type,
  i.address, i.data, i.dest, i.vector,
  CASE i.delivery_mode
    WHEN 0 THEN 'Fixed' WHEN 1 THEN 'LowPrio' WHEN 2 THEN 'SMI' WHEN 3 THEN 'Res3'
    WHEN 4 THEN 'NMI' WHEN 5 THEN 'INIT' WHEN 6 THEN 'SIPI' WHEN 7 THEN 'ExtINT'
  END AS delivery_mode,
  i.postable, i.recording_id
FROM route_interval AS i
JOIN vm ON vm.id = i.vm;

-- One row is a span in which events were lost.
CREATE VIEW v_gap AS
SELECT recording_id, kind, cpu, lost, from_seq, to_seq, from_ns, to_ns, line
FROM gap;

-- One row is a recording.
CREATE VIEW v_recording AS
SELECT
  id AS recording_id, state, file, sha256, format, kernel, rules, rules_from, clock_unit, clock_hz,
  first_seq, last_seq, first_ns, last_ns,
  lines_total, lines_header, lines_events, lines_unused, lines_rejected, lines_gaps,
  overwritten, time_anomalies, first_time_anomaly
FROM recording;
