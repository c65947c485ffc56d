-- The interrupts that a recording shows, each with what became of it.

-- What is said of an interrupt; few different things are.
CREATE TABLE interrupt_case (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  -- What shows it: logged, handled, injected or pending.
  shown TEXT NOT NULL,
  fate TEXT NOT NULL,
  -- The platform's own word for the way that it took; NULL = not known.
  path TEXT,
  verdict TEXT NOT NULL,
  -- 1 = nothing else that the recording shows explains what it is paired with.
  sure INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;

-- The key is the seq of the event that shows it first.
CREATE TABLE interrupt (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL,
  interrupt_case INTEGER NOT NULL,
  segment INTEGER,
  devid INTEGER,
  irte_index INTEGER,
  -- The vCPU that should get it.
  vcpu INTEGER,
  -- The vCPU that got it, or was told of it.
  got INTEGER,
  accepted_seq INTEGER,
  woken_seq INTEGER,
  running_seq INTEGER
) STRICT;

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
LEFT JOIN vcpu AS got ON got.id = i.got;
