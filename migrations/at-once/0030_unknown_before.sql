-- sha256 of the migrations: 06dc769f5697bb84b27c83dbe5340d2c2a4e63c327107a149c6bd0cdd4780701
-- What 0001_timeline to 0030_unknown_before make of an empty database; a test writes it.
CREATE TABLE recording (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('importing', 'complete')),
  file TEXT NOT NULL,
  -- SHA-256 of the file as it was given (compressed, if it was); NULL while stdin is read.
  sha256 TEXT,
  format TEXT NOT NULL,
  -- uname -r of the recorded host; NULL = the trace does not say.
  kernel TEXT,
  -- Rules profile; NULL = unknown.
  rules TEXT,
  rules_from TEXT NOT NULL,
  clock_unit TEXT NOT NULL CHECK (clock_unit IN ('ns', 'ticks')),
  -- Ticks per second, where a counter clock was converted to nanoseconds.
  clock_hz INTEGER,
  -- Events that the ring buffer had overwritten before the trace was read.
  overwritten INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  -- NULL while there is no event.
  last_seq INTEGER,
  first_ns INTEGER,
  last_ns INTEGER,
  lines_total INTEGER NOT NULL DEFAULT 0,
  lines_header INTEGER NOT NULL DEFAULT 0,
  lines_events INTEGER NOT NULL DEFAULT 0,
  lines_unused INTEGER NOT NULL DEFAULT 0,
  lines_rejected INTEGER NOT NULL DEFAULT 0,
  lines_gaps INTEGER NOT NULL DEFAULT 0,
  -- Lines stamped before the line above them, and the first of them.
  time_anomalies INTEGER NOT NULL DEFAULT 0,
  first_time_anomaly INTEGER,
  -- Where row numbers began and how many batches are stored: an import that died resumes here.
  first_task INTEGER NOT NULL,
  first_vm INTEGER NOT NULL,
  first_vcpu INTEGER NOT NULL,
  batches INTEGER NOT NULL DEFAULT 0,
  -- Process that imports, as pid:start time; NULL when complete.
  importer TEXT
, chained INTEGER NOT NULL DEFAULT 0, supersedes INTEGER REFERENCES recording (id), log_version INTEGER NOT NULL DEFAULT 1, platform TEXT NOT NULL DEFAULT 'amd', sorted INTEGER NOT NULL DEFAULT 0, left_out INTEGER, rules_allowed TEXT, sees_exchanges INTEGER NOT NULL DEFAULT 0, beat INTEGER NOT NULL DEFAULT 0, path TEXT, counted INTEGER) STRICT;
CREATE TABLE recording_name (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  name TEXT NOT NULL,
  -- 1 = in the vocabulary or among the known-but-unused.
  known INTEGER NOT NULL,
  events INTEGER NOT NULL,
  unused INTEGER NOT NULL,
  PRIMARY KEY (recording_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  comm TEXT NOT NULL,
  pid INTEGER NOT NULL
) STRICT;
CREATE TABLE vm (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- Address of the struct kvm, hexadecimal.
  kvm TEXT,
  -- avic_vm_id; NULL = never shown.
  vm_id INTEGER
, vm_id_by TEXT, vm_id_seq INTEGER, name TEXT, vmm_pid INTEGER) STRICT;
CREATE TABLE vcpu (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  vm INTEGER NOT NULL REFERENCES vm (id),
  vcpu_id INTEGER NOT NULL,
  -- Place in the order of creation; NULL = the creation was not observed.
  vcpu_idx INTEGER
, vcpu_idx_by TEXT, vcpu_idx_seq INTEGER) STRICT;
CREATE TABLE host_cpu (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  cpu INTEGER NOT NULL,
  apic_id INTEGER NOT NULL,
  PRIMARY KEY (recording_id, cpu)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_kind (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  meaning TEXT NOT NULL,
  a TEXT,
  b TEXT,
  c TEXT,
  d TEXT,
  -- What lo and hi hold: irte, physical_id_entry, address, none.
  words TEXT NOT NULL
) STRICT;
CREATE TABLE cause (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  cpu INTEGER NOT NULL,
  task INTEGER REFERENCES task (id),
  kind INTEGER NOT NULL REFERENCES event_kind (id),
  vm INTEGER REFERENCES vm (id),
  vcpu INTEGER REFERENCES vcpu (id),
  -- PCI segment; NULL where the trace names none (0).
  segment INTEGER,
  devid INTEGER,
  irte_index INTEGER,
  gsi INTEGER,
  host_irq INTEGER,
  cause INTEGER REFERENCES cause (id),
  cause_seq INTEGER,
  -- 64-bit words, see event_kind.words.
  lo INTEGER,
  hi INTEGER,
  -- Payload slots, see event_kind.
  a INTEGER,
  b INTEGER,
  c INTEGER,
  d INTEGER
) STRICT;
CREATE INDEX event_of_irte ON event (devid, irte_index) WHERE devid IS NOT NULL;
CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- start: before the recording; lost: a [LOST n EVENTS] marker; overwritten: by the ring buffer.
  kind TEXT NOT NULL CHECK (kind IN ('start', 'lost', 'overwritten')),
  cpu INTEGER,
  line INTEGER,
  lost INTEGER,
  from_seq INTEGER,
  to_seq INTEGER NOT NULL,
  from_ns INTEGER,
  to_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE rejected_line (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (recording_id, line)
) STRICT, WITHOUT ROWID;
CREATE TABLE irte_interval (
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  lo INTEGER,
  hi INTEGER,
  cause INTEGER REFERENCES cause (id),
  cause_seq INTEGER, witness INTEGER REFERENCES event_kind (id), known_to_seq INTEGER,
  PRIMARY KEY (devid, irte_index, from_seq, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE vcpu_interval (
  vcpu INTEGER NOT NULL REFERENCES vcpu (id),
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  run_state INTEGER,
  pcpu INTEGER,
  avic_active INTEGER,
  is_running INTEGER,
  ga_log_intr INTEGER, known_to_seq INTEGER,
  PRIMARY KEY (vcpu, from_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE route_interval (
  vm INTEGER NOT NULL REFERENCES vm (id),
  gsi INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- enum KVM_IRQ_ROUTING_*: 0 none, 1 irqchip, 2 msi.
  type INTEGER,
  address INTEGER,
  data INTEGER,
  dest INTEGER,
  vector INTEGER,
  delivery_mode INTEGER,
  postable INTEGER, known_to_seq INTEGER,
  PRIMARY KEY (vm, gsi, from_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
  seq INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  state TEXT NOT NULL
, whole_seq INTEGER, sha256 TEXT) STRICT;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
END;
CREATE TRIGGER event_no_replace BEFORE INSERT ON event
WHEN NEW.seq <= (SELECT max(seq) FROM event)
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
END;
CREATE TRIGGER gap_no_replace BEFORE INSERT ON gap
WHEN EXISTS (SELECT 1 FROM gap WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'gaps are insert-only');
END;
CREATE TRIGGER rejected_line_no_replace BEFORE INSERT ON rejected_line
WHEN EXISTS (SELECT 1 FROM rejected_line WHERE recording_id = NEW.recording_id AND line = NEW.line)
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;
CREATE TRIGGER recording_stays_complete BEFORE UPDATE ON recording
WHEN OLD.state = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'a complete recording does not change');
END;
CREATE TRIGGER recording_no_delete BEFORE DELETE ON recording
WHEN OLD.state = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'recordings are insert-only');
END;
CREATE TRIGGER gap_no_update BEFORE UPDATE ON gap
BEGIN
  SELECT RAISE(ABORT, 'gaps are insert-only');
END;
CREATE TRIGGER rejected_line_no_update BEFORE UPDATE ON rejected_line
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;
CREATE TABLE tag_layout (
  rules TEXT PRIMARY KEY,
  bits INTEGER NOT NULL,
  is_idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  rules TEXT NOT NULL,
  observed INTEGER NOT NULL,
  explained INTEGER NOT NULL,
  mismatched INTEGER NOT NULL,
  unexpected INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  undefined INTEGER NOT NULL
, sealed TEXT, report TEXT, report_sealed TEXT) STRICT;
CREATE TABLE write_verdict (
  seq INTEGER PRIMARY KEY REFERENCES event (seq),
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  rule TEXT,
  -- explained, mismatched, unexpected, unknown, undefined
  verdict TEXT NOT NULL
) STRICT;
CREATE TABLE link_interval (
  vcpu INTEGER NOT NULL REFERENCES vcpu (id),
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  gsi INTEGER, known_to_seq INTEGER,
  PRIMARY KEY (devid, irte_index, segment, from_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE prediction (
  recording_id INTEGER PRIMARY KEY REFERENCES recording (id),
  rules TEXT NOT NULL
) STRICT;
CREATE TABLE irte_predicted_interval (
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  lo INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  lo_known INTEGER NOT NULL,
  hi_known INTEGER NOT NULL,
  -- How many of the 128 bits are known.
  known_bits INTEGER NOT NULL,
  -- posted, remapped, allocated, free, unknown
  mode TEXT NOT NULL,
  cause INTEGER REFERENCES cause (id),
  cause_seq INTEGER, known_to_seq INTEGER,
  PRIMARY KEY (devid, irte_index, from_seq, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE chain (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- 1, 2, 3 ...: the number of the batch, and on from there.
  link INTEGER NOT NULL,
  -- The table whose rows it covers.
  content TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  -- The events of a batch; NULL = none.
  first_seq INTEGER,
  last_seq INTEGER,
  -- SHA-256 over the previous link's hash, the rows and the columns before, hexadecimal.
  hash TEXT NOT NULL,
  PRIMARY KEY (recording_id, link)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;
CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;
CREATE TRIGGER chain_no_replace BEFORE INSERT ON chain
WHEN EXISTS (SELECT 1 FROM chain WHERE recording_id = NEW.recording_id AND link = NEW.link)
BEGIN
  SELECT RAISE(ABORT, 'the chain is insert-only');
END;
CREATE TABLE frame (
  first_seq INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- first_seq of the frame whose `state` is whole and that this one adds to; its own, where it is whole.
  whole_seq INTEGER NOT NULL,
  -- Who is who: the keys of entities by slot, of all where the frame is whole, else of those that it adds.
  entities BLOB NOT NULL,
  state BLOB NOT NULL,
  changes BLOB NOT NULL
) STRICT;
CREATE TABLE call_return (
  -- The event of the call's entry.
  seq INTEGER PRIMARY KEY REFERENCES event (seq),
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- The line of the return in the trace.
  line INTEGER NOT NULL
, after_seq INTEGER) STRICT;
CREATE TRIGGER call_return_no_update BEFORE UPDATE ON call_return
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;
CREATE TRIGGER call_return_no_replace BEFORE INSERT ON call_return
WHEN EXISTS (SELECT 1 FROM call_return WHERE seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;
CREATE TABLE finding (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- F1, F2, ... in the order of the events.
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('contradiction', 'mismatch', 'unexpected', 'missing', 'invariant')),
  rule TEXT,
  invariant TEXT,
  severity TEXT NOT NULL,
  seq INTEGER NOT NULL,
  devid INTEGER,
  irte_index INTEGER,
  segment INTEGER,
  vcpu INTEGER REFERENCES vcpu (id),
  -- Names of the fields that differ, comma-separated.
  fields TEXT NOT NULL,
  expected_lo INTEGER,
  expected_hi INTEGER,
  observed_lo INTEGER,
  observed_hi INTEGER,
  cause_seq INTEGER,
  -- seq of the events that prove it, as a JSON array.
  evidence TEXT NOT NULL,
  title TEXT NOT NULL,
  -- The known bug of the kernel's release that it is.
  bug TEXT,
  times INTEGER NOT NULL DEFAULT 1,
  -- Name of the IRTE that the rules demand a write of where this one was written.
  instead_of TEXT,
  -- Judged by other rules than the recording's: the difference of the two that it shows.
  difference TEXT,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE header_line (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  problem TEXT,
  PRIMARY KEY (recording_id, line)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER header_line_no_replace BEFORE INSERT ON header_line
WHEN EXISTS (SELECT 1 FROM header_line WHERE recording_id = NEW.recording_id AND line = NEW.line)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TRIGGER header_line_no_update BEFORE UPDATE ON header_line
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TABLE header_word (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (recording_id, line, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER header_word_no_replace BEFORE INSERT ON header_word
WHEN EXISTS (
  SELECT 1 FROM header_word WHERE recording_id = NEW.recording_id AND line = NEW.line AND name = NEW.name
)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TRIGGER header_word_no_update BEFORE UPDATE ON header_word
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TABLE marker (
  seq INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  text TEXT NOT NULL
) STRICT;
CREATE TRIGGER marker_no_update BEFORE UPDATE ON marker
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;
CREATE TRIGGER marker_no_replace BEFORE INSERT ON marker
WHEN (SELECT seq FROM marker WHERE seq = NEW.seq) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;
CREATE INDEX vm_of_id ON vm (vm_id);
CREATE INDEX vcpu_of_vm ON vcpu (vm);
CREATE INDEX recording_that_supersedes ON recording (supersedes) WHERE supersedes IS NOT NULL;
CREATE TABLE fate_verdict (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  fate TEXT NOT NULL,
  -- The platform's own word for the way of the interrupt; NULL = not known.
  path TEXT,
  -- 1 = a kernel function is at work: the fate is that of the bits before its write.
  in_flight INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE fate_case (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  devid INTEGER NOT NULL,
  irte_index INTEGER NOT NULL,
  -- The vCPU that the entry posts to.
  vcpu INTEGER,
  fate_facts INTEGER NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE fate_change (
  id INTEGER PRIMARY KEY,
  fate_case INTEGER NOT NULL,
  recording_id INTEGER NOT NULL
) STRICT;
CREATE TABLE fate_facts (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  id INTEGER NOT NULL,
  fate_verdict INTEGER NOT NULL,
  PRIMARY KEY (recording_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE fate_state (
  -- The change after which it is so.
  fate_change INTEGER PRIMARY KEY,
  -- Numbers of cases, 32 bits each, the lowest byte first.
  cases BLOB NOT NULL,
  recording_id INTEGER NOT NULL
) STRICT;
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
CREATE TABLE lane_pack (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- What its rows are (src/projections/lane-packs.ts).
  kind TEXT NOT NULL,
  -- Whose they are: an IRTE, a row of vcpu, a CPU or a cause, by the kind.
  subject INTEGER NOT NULL,
  -- How many rows a lane of it has.
  changes INTEGER NOT NULL,
  -- The value of the last row; -1 = it has none.
  last INTEGER NOT NULL,
  -- The rows as numbers of seven bits a byte, the lowest first.
  numbers BLOB NOT NULL,
  PRIMARY KEY (recording_id, kind, subject)
) STRICT, WITHOUT ROWID;
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
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
END;
CREATE TRIGGER gap_no_delete BEFORE DELETE ON gap
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'gaps are insert-only');
END;
CREATE TRIGGER rejected_line_no_delete BEFORE DELETE ON rejected_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;
CREATE TRIGGER call_return_no_delete BEFORE DELETE ON call_return
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'returns are insert-only');
END;
CREATE TRIGGER header_line_no_delete BEFORE DELETE ON header_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TRIGGER header_word_no_delete BEFORE DELETE ON header_word
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'header lines are insert-only');
END;
CREATE TRIGGER marker_no_delete BEFORE DELETE ON marker
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
  AND NOT EXISTS (SELECT 1 FROM dropped_recording WHERE recording_id = OLD.recording_id)
BEGIN
  SELECT RAISE(ABORT, 'markers are insert-only');
END;
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
CREATE VIEW v_gap AS
SELECT recording_id, kind, cpu, lost, from_seq, to_seq, from_ns, to_ns, line
FROM gap
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);
CREATE VIEW v_header AS
SELECT recording_id, line, key, value, problem FROM header_line
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);
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
CREATE VIEW v_vm AS
SELECT
  recording_id, vm_id, name, vmm_pid, kvm,
  CASE WHEN vm_id IS NOT NULL THEN coalesce(vm_id_by, 'line') END AS vm_id_by,
  vm_id_seq, id AS vm
FROM vm
WHERE recording_id NOT IN (SELECT recording_id FROM dropped_remainder);
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
CREATE VIEW v_irte_change AS
SELECT
  e.seq, e.time_ns,
  printf('%04x:%02x:%02x.%x/%d', i.segment, i.devid >> 8, (i.devid >> 3) & 31, i.devid & 7, i.irte_index) AS irte,
  field.name AS field,
  CASE field.n
    WHEN 0 THEN CASE WHEN before.lo & 128 THEN 'posted' WHEN before.lo = 0 AND before.hi = 0 THEN 'free' WHEN before.lo = 0 AND before.hi = 255 THEN 'allocated' WHEN before.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN before.lo & 1
    WHEN 2 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 6) & 1 ELSE before.lo & 0 END
    WHEN 3 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 2) & 1 ELSE before.lo & 0 END
    WHEN 4 THEN ((before.lo >> 8) & 16777215) | (((before.hi >> 56) & 255) << 24)
    WHEN 5 THEN before.hi & 255
    WHEN 6 THEN (before.lo >> 32) & 4294967295
    WHEN 7 THEN (before.hi >> 12) & 1099511627775
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
-- What is not known any more after a loss (no bits) was changed by the loss itself.
LEFT JOIN irte_interval AS before
  ON before.devid = p.devid AND before.irte_index = p.irte_index AND before.segment = p.segment
  AND before.from_seq = p.from_seq AND (p.known_to_seq IS NULL OR i.lo IS NULL)
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
    WHEN 0 THEN CASE WHEN before.lo & 128 THEN 'posted' WHEN before.lo = 0 AND before.hi = 0 THEN 'free' WHEN before.lo = 0 AND before.hi = 255 THEN 'allocated' WHEN before.lo IS NULL THEN 'unknown' ELSE 'remapped' END
    WHEN 1 THEN before.lo & 1
    WHEN 2 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 6) & 1 ELSE before.lo & 0 END
    WHEN 3 THEN CASE WHEN before.lo & 128 THEN (before.lo >> 2) & 1 ELSE before.lo & 0 END
    WHEN 4 THEN ((before.lo >> 8) & 16777215) | (((before.hi >> 56) & 255) << 24)
    WHEN 5 THEN before.hi & 255
    WHEN 6 THEN (before.lo >> 32) & 4294967295
    WHEN 7 THEN (before.hi >> 12) & 1099511627775
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
INSERT INTO event_kind VALUES (1, 'irte_allocated', 'alloc_irq_index() marked entries as allocated', 'count', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (2, 'irte_prepared', 'irte_ga_prepare() filled the driver''s shadow copy', NULL, NULL, NULL, NULL, 'irte');
INSERT INTO event_kind VALUES (3, 'irte_written', '__modify_irte_ga() wrote 128 bits to the table', NULL, NULL, NULL, NULL, 'irte');
INSERT INTO event_kind VALUES (4, 'irte_freed', 'free_irte() zeroed the entry', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (5, 'host_irq_activated', 'irq_remapping_activate() for a host IRQ', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (6, 'host_irq_deactivated', 'irq_remapping_deactivate() for a host IRQ', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (7, 'host_vector_assigned', 'the vector domain gave a host IRQ its vector', 'vector', 'cpu', 'apicdest', NULL, 'none');
INSERT INTO event_kind VALUES (8, 'host_affinity_set', 'irte_ga_set_affinity() with the host''s vector and destination', 'vector', 'dest', NULL, NULL, 'none');
INSERT INTO event_kind VALUES (9, 'vcpu_affinity_set', 'amd_ir_set_vcpu_affinity() was asked to post to a vCPU (guest_mode 1) or not (0, null); cpu and log since 6.17', 'is_guest_mode', 'ga_tag', 'cpu', 'ga_log_intr', 'address');
INSERT INTO event_kind VALUES (10, 'vm_created', 'a VM came into being', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (11, 'vm_destroyed', 'a VM was destroyed', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (12, 'vcpu_created', 'avic_init_vcpu() set up a vCPU', 'vcpu_idx', NULL, NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (13, 'vcpu_destroyed', 'svm_vcpu_free() freed a vCPU', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (14, 'vcpu_loaded', 'svm_vcpu_load(): the vCPU is loaded on a CPU', 'cpu', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (15, 'vcpu_put', 'svm_vcpu_put(): the vCPU leaves its CPU', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (16, 'avic_vcpu_loaded', 'avic_vcpu_load(), with the physical ID entry before it; returned_line: where it returned', 'cpu', 'returned_line', NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (17, 'avic_vcpu_put', 'avic_vcpu_put(), with the physical ID entry before it; returned_line: where it returned', 'returned_line', NULL, NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (18, 'vcpu_blocking', 'avic_vcpu_blocking(): the vCPU halts and waits', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (19, 'vcpu_unblocking', 'avic_vcpu_unblocking(): the vCPU stops waiting', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (20, 'vcpu_preempted', 'sched_switch took a runnable vCPU thread off its CPU', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (21, 'vcpu_woken', 'kvm_vcpu_wakeup: the vCPU thread is back from a halt', 'wait_ns', 'waited', 'valid', NULL, 'none');
INSERT INTO event_kind VALUES (22, 'avic_inhibit_requested', '__kvm_set_or_clear_apicv_inhibit() was called', 'reason', 'set', NULL, NULL, 'none');
INSERT INTO event_kind VALUES (23, 'avic_inhibit_set', 'an AVIC inhibit reason was set', 'reason', 'inhibits', 'vm_inferred', NULL, 'none');
INSERT INTO event_kind VALUES (24, 'avic_inhibit_cleared', 'an AVIC inhibit reason was cleared', 'reason', 'inhibits', 'vm_inferred', NULL, 'none');
INSERT INTO event_kind VALUES (25, 'avic_refreshed', 'avic_refresh_apicv_exec_ctrl(): a vCPU takes up AVIC''s new state', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry');
INSERT INTO event_kind VALUES (26, 'gsi_routing_set', 'KVM_SET_GSI_ROUTING replaced the routing table', 'nr', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (27, 'irqfd_assigned', 'KVM_IRQFD bound an eventfd to a GSI', 'fd', 'flags', NULL, NULL, 'none');
INSERT INTO event_kind VALUES (28, 'irqfd_deassigned', 'KVM_IRQFD with DEASSIGN', 'fd', 'flags', NULL, NULL, 'none');
INSERT INTO event_kind VALUES (29, 'irqfd_shut_down', 'irqfd_shutdown() released an irqfd', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (30, 'irqfd_routed', 'an irqfd''s route: type, address and data (null: not shown by this kernel)', 'type', 'address', 'data', NULL, 'none');
INSERT INTO event_kind VALUES (31, 'irqfd_msi', 'kvm_msi_set_irq while a route is resolved: the MSI it holds', 'dest', 'vector', 'mode', NULL, 'none');
INSERT INTO event_kind VALUES (32, 'producer_added', 'a bypass producer (host IRQ) was connected to an irqfd', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (33, 'producer_removed', 'a bypass producer was disconnected from an irqfd', 'returned_line', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (34, 'pi_update_requested', 'avic_pi_update_irte() for a host IRQ', 'set', 'vector', 'returned_line', NULL, 'none');
INSERT INTO event_kind VALUES (35, 'pi_update_decided', 'kvm_pi_irte_update: posting was enabled or disabled for a host IRQ', 'enabled', 'vector', 'vcpu_id', NULL, 'none');
INSERT INTO event_kind VALUES (36, 'call_failed', 'a kernel function returned an error', 'ret', 'of_kind', NULL, NULL, 'none');
INSERT INTO event_kind VALUES (37, 'ga_log_entry', 'the IOMMU logged an interrupt for a vCPU that does not run', 'vcpu_field', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (38, 'host_irq_handled', 'the host handled a device interrupt (its IRTE was remapped)', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (39, 'irq_accepted', 'a local APIC accepted an interrupt delivered in software', 'vcpu_id', 'vector', 'apicv', NULL, 'none');
INSERT INTO event_kind VALUES (40, 'irq_injected', 'KVM injected an interrupt at guest entry', 'vector', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (41, 'events_lost', 'events of one CPU were lost before this point', 'count', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (42, 'assignment_started', 'kvm_arch_start_assignment(): a device is assigned to the VM', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (43, 'assignment_ended', 'kvm_arch_end_assignment(): a device is no longer assigned to the VM', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (44, 'irte_exchanged', '__modify_irte_ga() exchanges the entry under the table''s lock: its bits after and before', 'written_seq', NULL, NULL, NULL, 'irte_exchange');
INSERT INTO event_kind VALUES (45, 'irte_anchored', 'a dump of the table shows the entry''s bits', NULL, NULL, NULL, NULL, 'irte');
INSERT INTO event_kind VALUES (46, 'marker', 'a text that a user wrote to trace_marker', NULL, NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (47, 'vm_anchored', 'a dump of the host shows a VM and its AVIC inhibits', 'inhibits', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (48, 'vcpu_anchored', 'a dump of the host shows a vCPU; cpu: where it is loaded (-1 = nowhere), linked: how many entries its list has', 'blocking', 'cpu', 'apicv_active', 'linked', 'physical_id_entry');
INSERT INTO event_kind VALUES (49, 'link_anchored', 'a dump of the host shows the entry at this place of a vCPU''s ir_list', 'place', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (50, 'irqfd_anchored', 'a dump of the host shows an irqfd, and whether a producer (host IRQ) is connected to it', 'connected', NULL, NULL, NULL, 'none');
INSERT INTO event_kind VALUES (51, 'route_anchored', 'a dump of the host shows the route of an irqfd', 'type', 'address', 'data', NULL, 'none');
INSERT INTO cause VALUES (1, 'vcpu load');
INSERT INTO cause VALUES (2, 'vcpu put');
INSERT INTO cause VALUES (3, 'vcpu block');
INSERT INTO cause VALUES (4, 'vcpu unblock');
INSERT INTO cause VALUES (5, 'AVIC inhibit');
INSERT INTO cause VALUES (6, 'AVIC un-inhibit');
INSERT INTO cause VALUES (7, 'routing change');
INSERT INTO cause VALUES (8, 'producer added');
INSERT INTO cause VALUES (9, 'producer removed');
INSERT INTO cause VALUES (10, 'host affinity');
INSERT INTO cause VALUES (11, 'activate');
INSERT INTO cause VALUES (12, 'deactivate');
INSERT INTO cause VALUES (13, 'allocate');
INSERT INTO cause VALUES (14, 'free');
INSERT INTO tag_layout VALUES ('6.1', 9, 0);
INSERT INTO tag_layout VALUES ('6.12', 9, 0);
INSERT INTO tag_layout VALUES ('6.16', 9, 0);
INSERT INTO tag_layout VALUES ('6.17', 9, 1);
INSERT INTO tag_layout VALUES ('6.18', 9, 1);
INSERT INTO tag_layout VALUES ('7.3', 12, 1);
