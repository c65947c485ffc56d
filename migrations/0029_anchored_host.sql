-- A dump of the whole host, imported as an anchor, says more than what the table holds: VMs, vCPUs with their lists, irqfds and
-- routes. Each fact of it is an event of one of these kinds, and its source is the anchor.

INSERT INTO event_kind (id, name, meaning, a, b, c, d, words) VALUES
  (47, 'vm_anchored', 'a dump of the host shows a VM and its AVIC inhibits', 'inhibits', NULL, NULL, NULL, 'none'),
  (48, 'vcpu_anchored', 'a dump of the host shows a vCPU; cpu: where it is loaded (-1 = nowhere), linked: how many entries its list has', 'blocking', 'cpu', 'apicv_active', 'linked', 'physical_id_entry'),
  (49, 'link_anchored', 'a dump of the host shows the entry at this place of a vCPU''s ir_list', 'place', NULL, NULL, NULL, 'none'),
  (50, 'irqfd_anchored', 'a dump of the host shows an irqfd, and whether a producer (host IRQ) is connected to it', 'connected', NULL, NULL, NULL, 'none'),
  (51, 'route_anchored', 'a dump of the host shows the route of an irqfd', 'type', 'address', 'data', NULL, 'none');

DROP VIEW v_event;

CREATE VIEW v_event AS
SELECT
  e.seq, e.time_ns, e.cpu, t.comm, t.pid, k.name AS kind,
  vm.vm_id, vcpu.vcpu_id, e.devid, e.irte_index, e.gsi, e.host_irq,
  e.cause_seq, cause.name AS cause, CASE WHEN k.name GLOB '*_anchored' THEN 'anchor' ELSE 'observed' END AS source, e.recording_id, e.line,
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
