-- The timeline: canonical tables (recording, event, gap, rejected_line, and who is who), and the
-- projections that can be dropped and rebuilt from them (irte_interval, vcpu_interval,
-- route_interval, checkpoint).
--
-- Times are integers in the recording's clock unit: nanoseconds, or the ticks of a counter clock.
-- Intervals are half-open, [from, to); `to` NULL = still so at the end of the recording.

-- One imported trace: one boot of one host. Its events take a contiguous range of seq.
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
) STRICT;

-- One event name of a recording: lines that became events, lines that did not.
CREATE TABLE recording_name (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  name TEXT NOT NULL,
  -- 1 = in the vocabulary or among the known-but-unused.
  known INTEGER NOT NULL,
  events INTEGER NOT NULL,
  unused INTEGER NOT NULL,
  PRIMARY KEY (recording_id, name)
) STRICT, WITHOUT ROWID;

-- One task by name and pid.
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  comm TEXT NOT NULL,
  pid INTEGER NOT NULL
) STRICT;

-- One VM: a struct kvm from its creation to its end.
CREATE TABLE vm (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- Address of the struct kvm, hexadecimal.
  kvm TEXT,
  -- avic_vm_id; NULL = never shown.
  vm_id INTEGER
) STRICT;

-- One vCPU of a VM.
CREATE TABLE vcpu (
  id INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  vm INTEGER NOT NULL REFERENCES vm (id),
  vcpu_id INTEGER NOT NULL,
  -- Place in the order of creation; NULL = the creation was not observed.
  vcpu_idx INTEGER
) STRICT;

-- A CPU of the host and its APIC ID, as a running vCPU's physical ID entry shows it.
CREATE TABLE host_cpu (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  cpu INTEGER NOT NULL,
  apic_id INTEGER NOT NULL,
  PRIMARY KEY (recording_id, cpu)
) STRICT, WITHOUT ROWID;

-- The vocabulary: what a kind means and what its payload slots a, b, c, d hold.
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

-- One fact. Insert-only.
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

-- A span in which events were lost: after from_seq, before to_seq.
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

-- A line that should parse and does not: its first kilobyte.
CREATE TABLE rejected_line (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  line INTEGER NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (recording_id, line)
) STRICT, WITHOUT ROWID;

-- --- projections ---------------------------------------------------------------------------------

-- An interval in which an IRTE kept its bits; lo and hi NULL = unknown.
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
  cause_seq INTEGER,
  PRIMARY KEY (devid, irte_index, from_seq, segment)
) STRICT, WITHOUT ROWID;

-- An interval of one vCPU's state; NULL = unknown. run_state: 1 running, 2 out, 3 blocking, 4 freed.
-- pcpu -1 = on none.
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
  ga_log_intr INTEGER,
  PRIMARY KEY (vcpu, from_seq)
) STRICT, WITHOUT ROWID;

-- An interval of one GSI's route as the irqfds on it show it; NULL = unknown.
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
  postable INTEGER,
  PRIMARY KEY (vm, gsi, from_seq)
) STRICT, WITHOUT ROWID;

-- The folded state after an event, as JSON: where a replay starts.
CREATE TABLE checkpoint (
  seq INTEGER PRIMARY KEY,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  state TEXT NOT NULL
) STRICT;

-- --- insert-only ------------------------------------------------------------------------------------

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
END;

-- REPLACE deletes without a DELETE trigger: a seq that is taken is refused before.
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

-- An import that died is rolled back while its recording is not complete.
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'events are insert-only');
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

CREATE TRIGGER gap_no_delete BEFORE DELETE ON gap
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'gaps are insert-only');
END;

CREATE TRIGGER rejected_line_no_update BEFORE UPDATE ON rejected_line
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;

CREATE TRIGGER rejected_line_no_delete BEFORE DELETE ON rejected_line
WHEN (SELECT state FROM recording WHERE id = OLD.recording_id) = 'complete'
BEGIN
  SELECT RAISE(ABORT, 'rejected lines are insert-only');
END;

-- --- vocabulary (a test holds it equal to src/domain/event.ts) -----------------------------------

INSERT INTO event_kind (id, name, meaning, a, b, c, d, words) VALUES
  (1, 'irte_allocated', 'alloc_irq_index() marked entries as allocated', 'count', NULL, NULL, NULL, 'none'),
  (2, 'irte_prepared', 'irte_ga_prepare() filled the driver''s shadow copy', NULL, NULL, NULL, NULL, 'irte'),
  (3, 'irte_written', '__modify_irte_ga() wrote 128 bits to the table', NULL, NULL, NULL, NULL, 'irte'),
  (4, 'irte_freed', 'free_irte() zeroed the entry', NULL, NULL, NULL, NULL, 'none'),
  (5, 'host_irq_activated', 'irq_remapping_activate() for a host IRQ', NULL, NULL, NULL, NULL, 'none'),
  (6, 'host_irq_deactivated', 'irq_remapping_deactivate() for a host IRQ', NULL, NULL, NULL, NULL, 'none'),
  (7, 'host_vector_assigned', 'the vector domain gave a host IRQ its vector', 'vector', 'cpu', 'apicdest', NULL, 'none'),
  (8, 'host_affinity_set', 'irte_ga_set_affinity() with the host''s vector and destination', 'vector', 'dest', NULL, NULL, 'none'),
  (9, 'vcpu_affinity_set', 'amd_ir_set_vcpu_affinity() was asked to post to a vCPU (guest_mode 1) or not (0, null); cpu and log since 6.17', 'is_guest_mode', 'ga_tag', 'cpu', 'ga_log_intr', 'address'),
  (10, 'vm_created', 'a VM came into being', NULL, NULL, NULL, NULL, 'none'),
  (11, 'vm_destroyed', 'a VM was destroyed', NULL, NULL, NULL, NULL, 'none'),
  (12, 'vcpu_created', 'avic_init_vcpu() set up a vCPU', 'vcpu_idx', NULL, NULL, NULL, 'physical_id_entry'),
  (13, 'vcpu_destroyed', 'svm_vcpu_free() freed a vCPU', NULL, NULL, NULL, NULL, 'none'),
  (14, 'vcpu_loaded', 'svm_vcpu_load(): the vCPU is loaded on a CPU', 'cpu', NULL, NULL, NULL, 'none'),
  (15, 'vcpu_put', 'svm_vcpu_put(): the vCPU leaves its CPU', NULL, NULL, NULL, NULL, 'none'),
  (16, 'avic_vcpu_loaded', 'avic_vcpu_load(), with the physical ID entry before it; returned_line: where it returned, if soon', 'cpu', 'returned_line', NULL, NULL, 'physical_id_entry'),
  (17, 'avic_vcpu_put', 'avic_vcpu_put(), with the physical ID entry before it; returned_line: where it returned, if soon', 'returned_line', NULL, NULL, NULL, 'physical_id_entry'),
  (18, 'vcpu_blocking', 'avic_vcpu_blocking(): the vCPU halts and waits', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry'),
  (19, 'vcpu_unblocking', 'avic_vcpu_unblocking(): the vCPU stops waiting', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry'),
  (20, 'vcpu_preempted', 'sched_switch took a runnable vCPU thread off its CPU', NULL, NULL, NULL, NULL, 'none'),
  (21, 'vcpu_woken', 'kvm_vcpu_wakeup: the vCPU thread is back from a halt', 'wait_ns', 'waited', 'valid', NULL, 'none'),
  (22, 'avic_inhibit_requested', '__kvm_set_or_clear_apicv_inhibit() was called', 'reason', 'set', NULL, NULL, 'none'),
  (23, 'avic_inhibit_set', 'an AVIC inhibit reason was set', 'reason', 'inhibits', NULL, NULL, 'none'),
  (24, 'avic_inhibit_cleared', 'an AVIC inhibit reason was cleared', 'reason', 'inhibits', NULL, NULL, 'none'),
  (25, 'avic_refreshed', 'avic_refresh_apicv_exec_ctrl(): a vCPU takes up AVIC''s new state', 'apicv_active', NULL, NULL, NULL, 'physical_id_entry'),
  (26, 'gsi_routing_set', 'KVM_SET_GSI_ROUTING replaced the routing table', 'nr', NULL, NULL, NULL, 'none'),
  (27, 'irqfd_assigned', 'KVM_IRQFD bound an eventfd to a GSI', 'fd', 'flags', NULL, NULL, 'none'),
  (28, 'irqfd_deassigned', 'KVM_IRQFD with DEASSIGN', 'fd', 'flags', NULL, NULL, 'none'),
  (29, 'irqfd_shut_down', 'irqfd_shutdown() released an irqfd', NULL, NULL, NULL, NULL, 'none'),
  (30, 'irqfd_routed', 'an irqfd''s route: type, address and data (null: not shown by this kernel)', 'type', 'address', 'data', NULL, 'none'),
  (31, 'irqfd_msi', 'kvm_msi_set_irq while a route is resolved: the MSI it holds', 'dest', 'vector', 'mode', NULL, 'none'),
  (32, 'producer_added', 'a bypass producer (host IRQ) was connected to an irqfd', NULL, NULL, NULL, NULL, 'none'),
  (33, 'producer_removed', 'a bypass producer was disconnected from an irqfd', 'returned_line', NULL, NULL, NULL, 'none'),
  (34, 'pi_update_requested', 'avic_pi_update_irte() for a host IRQ', 'set', 'vector', 'returned_line', NULL, 'none'),
  (35, 'pi_update_decided', 'kvm_pi_irte_update: posting was enabled or disabled for a host IRQ', 'enabled', 'vector', 'vcpu_id', NULL, 'none'),
  (36, 'call_failed', 'a kernel function returned an error', 'ret', 'of_kind', NULL, NULL, 'none'),
  (37, 'ga_log_entry', 'the IOMMU logged an interrupt for a vCPU that does not run', 'vcpu_field', NULL, NULL, NULL, 'none'),
  (38, 'host_irq_handled', 'the host handled a device interrupt (its IRTE was remapped)', NULL, NULL, NULL, NULL, 'none'),
  (39, 'irq_accepted', 'a local APIC accepted an interrupt delivered in software', 'vcpu_id', 'vector', 'apicv', NULL, 'none'),
  (40, 'irq_injected', 'KVM injected an interrupt at guest entry', 'vector', NULL, NULL, NULL, 'none'),
  (42, 'assignment_started', 'kvm_arch_start_assignment(): a device is assigned to the VM', NULL, NULL, NULL, NULL, 'none'),
  (43, 'assignment_ended', 'kvm_arch_end_assignment(): a device is no longer assigned to the VM', NULL, NULL, NULL, NULL, 'none'),
  (41, 'events_lost', 'events of one CPU were lost before this point', 'count', NULL, NULL, NULL, 'none');

INSERT INTO cause (id, name) VALUES
  (1, 'vcpu load'),
  (2, 'vcpu put'),
  (3, 'vcpu block'),
  (4, 'vcpu unblock'),
  (5, 'AVIC inhibit'),
  (6, 'AVIC un-inhibit'),
  (7, 'routing change'),
  (8, 'producer added'),
  (9, 'producer removed'),
  (10, 'host affinity'),
  (11, 'activate'),
  (12, 'deactivate'),
  (13, 'allocate'),
  (14, 'free');

-- How a rules profile packs a vCPU into the GA tag (a test holds it equal to src/domain/rules.ts).
-- is_idx: 1 = the field holds vcpu_idx, 0 = vcpu_id.
CREATE TABLE tag_layout (
  rules TEXT PRIMARY KEY,
  bits INTEGER NOT NULL,
  is_idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO tag_layout (rules, bits, is_idx) VALUES
  ('6.12', 9, 0),
  ('6.16', 9, 0),
  ('6.17', 9, 1),
  ('6.18', 9, 1),
  ('7.3', 12, 1);
