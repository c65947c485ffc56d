// What the descriptions of views and tables share: each column as `type [unit]: meaning`.

/** A view or table: what one row is, and its columns, each as `type [unit]: meaning`. */
export interface Relation {
  /** What one row is. */
  readonly row: string;
  /** Each column by its name, as `type [unit]: meaning`. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The unit of every time. */
export const CLOCK = "[ns or ticks]";

/** Columns that mean the same wherever they stand. */
const SHARED = {
  seq: "integer: the event; dense and per timeline",
  time_ns: `integer ${CLOCK}: its time by the recording's clock; ticks where clock_unit says so`,
  cpu: "integer: the host CPU it happened on",
  comm: "text: name of the acting task; NULL = the trace does not say",
  pid: "integer: pid of the acting task; NULL = the trace does not say",
  line: "integer [line]: its line in the trace file, from 1; -N = line N of the dump of import --anchor",
  recording_id: "integer: the recording it belongs to",
  irte: "text: name of the IRTE, SSSS:BB:DD.F/INDEX",
  segment: "integer: PCI segment; NULL or 0 where the trace names none",
  devid: "integer: PCI requester ID: bus 15:8, device 7:3, function 2:0",
  irte_index: "integer: index in the device's interrupt remapping table",
  vm_id: "integer: avic vm_id of the VM; NULL = none, or never shown",
  vcpu_id: "integer: KVM's vcpu_id; NULL = none, or not known",
  vcpu_idx:
    "integer: place in the order of creation; NULL = the creation was not observed, and no entry proves it",
  vcpu_idx_by:
    "text: what vcpu_idx rests on: creation, backing page, or anchor (a dump of the host); NULL = there is none, or an older version stored it",
  vm_name: "text: the VM's own name, as the header of the recording gives it; NULL = not told",
  gsi: "integer: the GSI; NULL = none, or not known",
  host_irq: "integer: Linux IRQ number on the host",
  from_seq: "integer: first event of the interval, inclusive",
  to_seq: "integer: first event after the interval, exclusive; NULL = still so",
  from_ns: `integer ${CLOCK}: begin, inclusive`,
  to_ns: `integer ${CLOCK}: end, exclusive; NULL = still so`,
  known_to_seq:
    "integer: within a span of lost events the value is not known: the last event at which it was; NULL = it is up to the end",
  lo: "integer [bits]: low 64 bits, signed; printf('%016x', lo) shows them; NULL = unknown",
  hi: "integer [bits]: high 64 bits, signed; NULL = unknown",
  cause: "text: why it was written, such as vcpu load; NULL = not known",
  cause_seq: "integer: the event that brought it about; NULL = none known",
  source: "text: observed, or predicted by the rules",
  run_state: "text: running, out, blocking, freed or unknown",
  avic_active: "integer [0 or 1]: AVIC is active on the vCPU; NULL = unknown",
  is_running: "integer [0 or 1]: IsRunning of its physical ID entry; NULL = unknown",
  ga_log_intr: "integer [0 or 1]: GALogIntr: the IOMMU logs what it cannot deliver; NULL = unknown",
} as const;

type Shared = keyof typeof SHARED;

/** The descriptions of SHARED columns. `names`: the columns, separated by spaces. */
export function shared(names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, SHARED[name as Shared]]));
}

/** The columns that say from when until when an interval goes. */
export const INTERVAL = shared("from_seq to_seq from_ns to_ns");
/** The same in a table, which has the end of what is known beside the end of the interval. */
export const KNOWN_INTERVAL = { ...INTERVAL, ...shared("known_to_seq") };
/** The columns that name an IRTE in a table. */
export const IRTE_KEY = { ...shared("devid irte_index"), segment: "integer: PCI segment" };
/** The columns that say why something was written, in a table. */
export const CAUSE_REF = {
  cause: "integer: row of cause; NULL = not known",
  ...shared("cause_seq"),
};
/** A column that names a vCPU by its row. */
export const VCPU_REF = "integer: row of vcpu";
/** A column that names a VM by its row. */
export const VM_REF = "integer: row of vm";

/** The columns that say what becomes of an interrupt. */
export const FATE = {
  fate: "text: what would happen to an interrupt that arrives now: direct, wake-up, pending, host handler, no handler, misdirected, blocked, lost wake-up, freed memory or unknown",
  path: "text: the platform's word for its way: refused, remapped, doorbell, GA log or vAPIC page only; NULL = not known",
  in_flight:
    "integer [0 or 1]: a kernel function is at work on the entry or its vCPU: the IOMMU may use the bits before or after its write",
  reason: "text: why; of an unknown fate, what is not known",
};

/** The columns that say what is said of an interrupt. */
export const INTERRUPT = {
  fate: "text: the fate that it had: wake-up, pending, host handler, software, misdirected, freed memory or unknown",
  path: "text: the way that it took: GA log, remapped (the host handled it) or injection (KVM injected it); NULL = not known",
  verdict: "text: delivered, delayed, lost, misdirected or unknown",
  sure: "integer [0 or 1]: nothing else that the recording shows explains what it is paired with",
  reason: "text: why; of an unknown verdict, what is not known",
};

/** The columns of an MSI route. */
export const ROUTE = {
  address: "integer: address of its MSI; NULL = not shown",
  data: "integer: data of its MSI; NULL = not shown",
  dest: "integer: APIC ID that the MSI names; NULL = unknown",
  vector: "integer: guest vector; NULL = unknown",
};

/** The columns that say what a finding is about. */
export const FINDING = {
  fields: "text: names of the IRTE fields that differ, comma-separated; empty = none",
  expected_lo: "integer [bits]: what the rules demand; NULL = not a matter of bits",
  expected_hi: "integer [bits]: what the rules demand",
  observed_lo: "integer [bits]: what was written; NULL = nothing was",
  observed_hi: "integer [bits]: what was written",
  ...shared("cause_seq"),
  evidence: "text: seq of the events that prove it, as a JSON array",
  title: "text: the finding in one sentence",
  bug: "text: the known bug that it is, such as B6 (`irqtwin rules --bugs`); NULL = none",
  times: "integer [times]: how often it was seen, or writes that it stands for",
  instead_of: "text: name of the IRTE that the rules demand a write of there; NULL = none",
  difference:
    "text: judged by other rules than the recording's, the difference that it shows; NULL = none",
};

/** The columns that say which finding it is. */
export const FINDING_HEAD = {
  id: "text: F1, F2 and so on in the order of the events",
  kind: "text: contradiction (about the recording), mismatch, unexpected, missing or invariant (about the kernel)",
  rule: "text: the transition rule, T1 to T11; NULL = none",
  invariant: "text: the invariant, I1 to I26; NULL = none",
  severity: "text: safety, performance or consistency",
  seq: "integer: the event at which it shows",
};

/** The columns of a recording, but for its number. */
export const RECORDING = {
  state: "text: importing, or complete",
  file: "text: name of the trace file",
  sha256: "text: SHA-256 of the file as given; NULL = standard input, or being read",
  format: "text: the format of the file, such as ftrace or trace.dat",
  kernel: "text: uname -r of the recorded host; NULL = the trace does not say",
  rules: "text: rules profile, such as 6.17; NULL = unknown, or several are allowed",
  rules_from:
    "text: option, kernel release, nearest release, probe format or unknown: what chose the profile",
  rules_allowed:
    "text: the profiles by which it may be judged, with `, ` between them; empty = its release has none",
  clock_unit: "text: ns or ticks: what every time of the recording counts",
  clock_hz: "integer [ticks/s]: of a counter clock converted to ns; NULL = not converted",
  first_seq: "integer: its first event",
  last_seq: "integer: its last event; NULL = it has none",
  first_ns: `integer ${CLOCK}: time of its first event; NULL = it has none`,
  last_ns: `integer ${CLOCK}: time of its last event; NULL = it has none`,
  lines_total: "integer [lines]: all lines of the file",
  lines_header: "integer [lines]: headers and comments",
  lines_events: "integer [lines]: lines that became events",
  lines_unused: "integer [lines]: known lines that carry no state",
  lines_rejected: "integer [lines]: lines that should parse and do not",
  lines_gaps: "integer [lines]: markers of lost events",
  overwritten: "integer [events]: overwritten in the ring buffer before it was read",
  time_anomalies: "integer [lines]: lines stamped before the line above them",
  first_time_anomaly: "integer [line]: the first of them; NULL = none",
  supersedes: "integer: the recording that it corrects; NULL = none",
  platform:
    "text: whose interrupt remapping table it is: amd; arm64 or intel where it is only recognised",
  log_version:
    "integer: 1 = returns of calls are payload of events; 2 = they stand in call_return; 3 = with their place; 4 = with what names rest on, and the lines of the header; 5 = with markers",
  sorted: "integer [0 or 1]: 1 = the lines were put in the order of their stamps",
  left_out:
    "integer [entries]: of the trace, not in the file; 0 = some; NULL = none that is known of",
};

/** The columns that say what a VM is, but for its vm_id. */
export const VM_SELF = {
  name: "text: its own name, as the header of the recording gives it; NULL = not told",
  vmm_pid: "integer: the process of its monitor; NULL = not told",
  kvm: "text: address of the struct kvm, hexadecimal; NULL = not shown",
  vm_id_by:
    "text: what vm_id rests on: line (a line shows it), backing page (the entries posted to its vCPUs have it), or anchor (a dump of the host has it); NULL = there is none, or an older version stored it",
  vm_id_seq: "integer: the event that proved a learned vm_id; NULL = not learned",
};

/** The columns of a line of the capture script's header, but for its recording and number. */
export const HEADER = {
  key: "text: the word before the colon, such as kernel; empty = there is none",
  value: "text: what stands behind the colon; control characters are written \\xNN",
  problem: "text: why the line could not be used; NULL = it could",
};

/** The columns of a gap, but for its recording. */
export const GAP = {
  kind: "text: start (before the recording), lost (a marker), overwritten (ring buffer)",
  cpu: "integer: the CPU whose events were lost; NULL = all",
  lost: "integer [events]: how many; NULL = unknown",
  from_seq: "integer: the last event before it; NULL = none",
  to_seq: "integer: the first event after it",
  from_ns: `integer ${CLOCK}: time of from_seq; NULL = none`,
  to_ns: `integer ${CLOCK}: time of to_seq`,
  line: "integer [line]: of the marker; NULL = there is none",
};
