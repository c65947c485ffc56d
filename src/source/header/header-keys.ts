// The keys that the capture script writes, each with the words that a line must have to be of use.

/** A number as the capture script writes it: at most 15 digits, or hexadecimal with 0x. */
export const NUMBER = /^(?:\d{1,15}|0x[0-9a-f]{1,12})$/i;
const TEXT = /^.+$/s;
const TIME = /^\d{1,12}(?:\.\d{1,9})?$/;

interface KeyRow {
  readonly says: string;
  /** The words that must be there, and their form; null = the value is one text. */
  readonly words: Readonly<Record<string, RegExp>> | null;
}

function text(says: string): KeyRow {
  return { says, words: null };
}

function words(says: string, needed: KeyRow["words"] = {}): KeyRow {
  return { says, words: needed };
}

/** Every key by its name. */
export const KEYS = {
  capture: text("the version of the header"),
  kernel: text("the release, as `uname -r` prints it"),
  clock: text("the trace clock"),
  tsc_khz: text("the frequency of the TSC"),
  boot_id: text("the boot of the host"),
  host: text("the name of the host"),
  start: words("wall clock and trace clock at the start", { wall: TIME }),
  end: words("wall clock and trace clock at the end", { wall: TIME }),
  level: text("the set of probes that was asked for"),
  probe: text("a kprobe event that the kernel took"),
  tracepoint: text("a tracepoint that was turned on"),
  filter: words("which lines of a tracepoint were recorded", { event: TEXT, filter: TEXT }),
  refused: words("a probe that the kernel refused", { name: TEXT, reason: TEXT }),
  unverified: words("a probe whose registers were not verified on this build", { name: TEXT }),
  cpu: words("a CPU and its APIC ID", { cpu: NUMBER, apic: NUMBER }),
  pci: text("a device of a host with several PCI segments"),
  vm: words("a VM that runs already", { pid: NUMBER }),
  vcpu: words("a vCPU, and its thread if that is known", { pid: NUMBER, vcpu: NUMBER }),
  device: words("a device that a VM's process has open", { pid: NUMBER, device: TEXT }),
  eventfd: words("an eventfd of a VM's process", { pid: NUMBER }),
  irqfd: words("an irqfd that /proc shows", { pid: NUMBER }),
  interrupt: text("a line of /proc/interrupts"),
  irqtbl_of: words("the device whose table the next lines show", {}),
  irqtbl: text("a line of the IOMMU's irqtbl in debugfs"),
  loss: words("events that one CPU's ring lost", { cpu: NUMBER }),
  only: text("what was left out of the recording on purpose"),
  standing: words("when the lines about what was there were written", { at: TEXT }),
  ended_by: text("why the recording ended"),
  dmesg: text("a line of the kernel's log"),
} as const satisfies Readonly<Record<string, KeyRow>>;

/** The line by which a recording keeps the dump that was imported beside it: no line of the file. */
export const ANCHOR_LINE = 0;
/** The key of that line. */
export const ANCHOR_KEY = "anchor";

/** The line by which a recording keeps that it is redacted: no line of the file. */
export const REDACTED_LINE = -1;
/** The key of that line. */
export const REDACTED_KEY = "redacted";

/** The lines by which a recording keeps what its import noted: this one, and those with lower numbers. */
export const NOTES_LINE = -2;
/** The key of these lines. */
export const NOTE_KEY = "note";

/** A key that is known. */
export type HeaderKey = keyof typeof KEYS;
