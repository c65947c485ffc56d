-- No vCPU got a lost interrupt, but it was for a VM: the one whose irqfd the host IRQ was connected to last. It is lost for sure
-- only while that connection is known (producer_added, irqfd_anchored). It is found by an index of such events: an entry may have
-- millions of others since.

CREATE INDEX event_connects ON event (devid, irte_index) WHERE kind IN (32, 50);

DROP VIEW v_interrupt;

CREATE VIEW v_interrupt AS
SELECT i.id, (SELECT time_ns FROM event WHERE seq = i.id) AS time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index)
    || iif(i.devid IS NULL, NULL, '') AS irte,
  coalesce(vm.vm_id, CASE WHEN of.verdict = 'lost' THEN (
    SELECT m.vm_id FROM event AS e JOIN vm AS m ON m.id = e.vm
    WHERE e.devid = i.devid AND e.irte_index = i.irte_index AND coalesce(e.segment, 0) = coalesce(i.segment, 0)
      AND e.recording_id = i.recording_id AND e.seq < i.id AND e.kind IN (32, 50)
    ORDER BY e.seq DESC LIMIT 1) END) AS vm_id,
  vcpu.vcpu_id,
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
