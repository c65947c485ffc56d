// A long trace made of a real one, repeated: every repetition comes later, and whatever has a name of
// its own gets another one (pids, kernel pointers, avic vm_ids and the GA tags made of them, host
// IRQs, PCI buses), consistently. So state grows as it would on a host that runs on, every line
// stays a line of the kernel, and every write stays one that the rules explain. Deterministic.

import { closeSync, openSync, writeSync } from "node:fs";

/** PCI buses in turn: how many copies of the devices there are at most. */
const BUSES = 200;
/** Distance of two repetitions' kernel pointers, in units of 4 GiB. */
const POINTER_STRIDE = 16;
/** Between the last line of a repetition and the first of the next. */
const PAUSE_S = 0.001;
const PAUSE_TICKS = 1e6;
const WRITE_CHARS = 1 << 20;

const HEAD = /^( *.{1,16}-)(\d+ *)( \[\d+\] \S{4,6}(?= ))( +\d+)(?:\.(\d+))?(?=: )/;
const NAMES =
  /\b(?<word>(?:old_|new_)?lo)=0x(?<lo>[\da-f]{9,16})\b|\b0x(?<pointer>ff[\da-f]{6})(?=[\da-f]{8}\b)|\bdevid=(?<devid>0x[\da-f]+|\d+)|\b0000:(?<bus>[\da-f]{2})(?=:[\da-f]{2}\.\d)|\b(?<vmKey>vm_id|vmid)=(?<vm>\d+)|\bga_tag=0x(?<tag>[\da-f]+)|\b(?<pidKey>(?:prev_|next_)?pid)=(?<pid>\d+)|\b(?<irqKey>host_irq=|virq=|irq=|for irq )(?<irq>\d+)/g;
/** The header's count of what the buffer holds, and of what was written to it. */
const COUNTED = /(?<says>entries-in-buffer\/entries-written: )\d+\/\d+/;
/** Threads of the host: they outlive the repetitions. */
const HOST_THREAD =
  /^(<idle>|<\.\.\.>|(kworker|irq|ksoftirqd|migration|rcu|kvm-nx|swapper|cpuhp)[^ ]*)$/;

/** What a repetition calls a thing that the trace calls otherwise. */
type Rename = (repetition: number) => string;

interface LineTemplate {
  /** Text before, between and after the renamed places. */
  readonly texts: readonly string[];
  readonly renames: readonly Rename[];
}

export interface TraceTemplate {
  readonly header: readonly string[];
  readonly lines: readonly LineTemplate[];
}

/** What the names of a trace span, so that no two repetitions share one. */
interface Span {
  readonly users: ReadonlySet<number>;
  readonly pidStride: number;
  readonly irqs: ReadonlySet<number>;
  readonly irqStride: number;
  readonly vmStride: number;
  readonly tagShift: number;
  readonly buses: number;
  /** Length of a repetition, in the last digit of the trace's stamps. */
  readonly duration: number;
}

/** Takes a trace's text (latin1) apart. `tagVcpuBits`: width of the vCPU's field in its kernel's GA tags. */
export function traceTemplate(text: string, tagVcpuBits: number): TraceTemplate {
  const lines = text.split("\n").filter((line) => line !== "");
  const body = lines.filter((line) => !line.startsWith("#"));
  const span = spanOf(body, tagVcpuBits);
  return {
    header: lines.filter((line) => line.startsWith("#")),
    lines: body.map((line) => lineTemplate(line, span)),
  };
}

/** The first `count` lines of the endless trace. */
export function* repeatedLines(
  { header, lines }: TraceTemplate,
  count: number,
): IterableIterator<string> {
  let left = count - header.length;
  for (const line of header.slice(0, count)) yield line.replace(COUNTED, `$<says>${left}/${left}`);
  for (let repetition = 0; left > 0; repetition++) {
    for (const line of lines.slice(0, left)) yield rendered(line, repetition);
    left -= lines.length;
  }
}

/** Writes the first `count` lines of the endless trace to a file; its size in bytes. */
export function writeRepeated(template: TraceTemplate, count: number, path: string): number {
  const file = openSync(path, "w");
  let bytes = 0;
  let pending = "";
  try {
    for (const line of repeatedLines(template, count)) {
      pending += `${line}\n`;
      if (pending.length >= WRITE_CHARS) {
        bytes += writeSync(file, pending, null, "latin1");
        pending = "";
      }
    }
    bytes += writeSync(file, pending, null, "latin1");
  } finally {
    closeSync(file);
  }
  return bytes;
}

function rendered({ texts, renames }: LineTemplate, repetition: number): string {
  let line = texts[0] ?? "";
  for (const [i, rename] of renames.entries()) line += rename(repetition) + (texts[i + 1] ?? "");
  return line;
}

function lineTemplate(line: string, span: Span): LineTemplate {
  const texts: string[] = [];
  const renames: Rename[] = [];
  let from = 0;
  const cut = (start: number, end: number, rename: Rename): void => {
    texts.push(line.slice(from, start));
    renames.push(rename);
    from = end;
  };
  const head = HEAD.exec(line);
  if (head !== null) {
    const [all, comm = "", pid = "", middle = "", whole = "", fraction] = head;
    cut(comm.length, comm.length + pid.length, renamedPid(pid, span));
    cut(comm.length + pid.length + middle.length, all.length, laterStamp(whole, fraction, span));
  }
  for (const match of line.slice(from).matchAll(NAMES)) {
    const start = (head?.[0].length ?? 0) + match.index;
    const rename = renameOf(match.groups ?? {}, span);
    if (rename !== null) cut(start, start + match[0].length, rename);
  }
  return { texts: [...texts, line.slice(from)], renames };
}

function laterStamp(whole: string, fraction: string | undefined, { duration }: Span): Rename {
  const decimals = fraction?.length ?? 0;
  const first = stampOf(whole, fraction);
  return (repetition) => {
    const digits = String(first + repetition * duration).padStart(decimals + 1, "0");
    // A stamp that has outgrown its column is still apart from what stands before it.
    const seconds = ` ${digits.slice(0, digits.length - decimals)}`.padStart(whole.length, " ");
    return decimals === 0 ? seconds : `${seconds}.${digits.slice(-decimals)}`;
  };
}

function renamedPid(pid: string, { users, pidStride }: Span): Rename {
  const first = Number(pid);
  if (!users.has(first)) return () => pid;
  return (repetition) => String(first + repetition * pidStride).padEnd(pid.length, " ");
}

function renameOf(groups: Readonly<Record<string, string | undefined>>, span: Span): Rename | null {
  const { word, lo, pointer, devid, bus, vmKey, vm, tag, pidKey, pid, irqKey, irq } = groups;
  if (lo !== undefined) return renamedWord(word ?? "", lo, span);
  if (pointer !== undefined) {
    const high = parseInt(pointer, 16);
    return (repetition) => `0x${(high + repetition * POINTER_STRIDE).toString(16)}`;
  }
  if (devid !== undefined) return renamedDevice(devid, span);
  if (bus !== undefined) {
    const first = parseInt(bus, 16);
    return (repetition) =>
      `0000:${(first + (repetition % span.buses)).toString(16).padStart(2, "0")}`;
  }
  if (vm !== undefined) return renamedVm(vmKey ?? "", Number(vm), span);
  if (tag !== undefined) return renamedTag(parseInt(tag, 16), span);
  if (pid !== undefined) return renamedNumber(`${pidKey ?? ""}=`, pid, span.users, span.pidStride);
  if (irq !== undefined) return renamedNumber(irqKey ?? "", irq, span.irqs, span.irqStride);
  return null;
}

/** An IRTE's low word: where it is posted (bit 7) its upper half is a GA tag. */
function renamedWord(key: string, lo: string, { vmStride, tagShift }: Span): Rename | null {
  const low = lo.slice(-8);
  const tag = parseInt(lo.slice(0, -8), 16);
  if ((parseInt(low, 16) & 0x80) === 0) return null;
  return (repetition) =>
    `${key}=0x${(tag + repetition * vmStride * 2 ** tagShift).toString(16)}${low}`;
}

function renamedDevice(devid: string, { buses }: Span): Rename {
  const first = Number(devid);
  const isHex = devid.startsWith("0x");
  return (repetition) => {
    const renamed = first + (repetition % buses) * 256;
    return `devid=${isHex ? `0x${renamed.toString(16)}` : String(renamed)}`;
  };
}

/** vm_id 0 is none: before the VM has got one. */
function renamedVm(key: string, vm: number, { vmStride }: Span): Rename | null {
  return vm === 0 ? null : (repetition) => `${key}=${vm + repetition * vmStride}`;
}

function renamedTag(tag: number, { vmStride, tagShift }: Span): Rename | null {
  if (tag === 0) return null;
  return (repetition) => `ga_tag=0x${(tag + repetition * vmStride * 2 ** tagShift).toString(16)}`;
}

function renamedNumber(
  key: string,
  digits: string,
  known: ReadonlySet<number>,
  stride: number,
): Rename | null {
  const first = Number(digits);
  return known.has(first) ? (repetition) => `${key}${first + repetition * stride}` : null;
}

function spanOf(lines: readonly string[], tagShift: number): Span {
  const { first, last, decimals, users } = headsOf(lines);
  const irqs = new Set<number>();
  let [vmStride, bus] = [1, 0];
  for (const line of lines) {
    const isOfDevice = /(devid|host_irq|virq)=/.test(line);
    for (const { groups = {} } of line.matchAll(NAMES)) {
      vmStride = Math.max(vmStride, Number(groups["vm"] ?? 0));
      bus = Math.max(bus, Number(groups["devid"] ?? 0) >> 8);
      if (isOfDevice && groups["irq"] !== undefined) irqs.add(Number(groups["irq"]));
    }
  }
  const pause = decimals === 0 ? PAUSE_TICKS : PAUSE_S * 10 ** decimals;
  return {
    users,
    pidStride: widthOf(users),
    irqs,
    irqStride: widthOf(irqs),
    vmStride,
    tagShift,
    buses: Math.min(BUSES, 256 - bus),
    duration: last - first + pause,
  };
}

/** The first and the last stamp, and the pids that are not the host's. */
function headsOf(lines: readonly string[]): {
  first: number;
  last: number;
  decimals: number;
  users: Set<number>;
} {
  const users = new Set<number>();
  let [first, last, decimals] = [Infinity, -Infinity, 0];
  for (const line of lines) {
    const head = HEAD.exec(line);
    if (head === null) continue;
    const [, comm = "", pid = "", , whole = "", fraction = ""] = head;
    const stamp = stampOf(whole, fraction);
    [first, last] = [Math.min(first, stamp), Math.max(last, stamp)];
    decimals = fraction.length;
    if (!HOST_THREAD.test(comm.trim().replace(/-$/, ""))) users.add(Number(pid));
  }
  return { first, last, decimals, users };
}

function stampOf(whole: string, fraction = ""): number {
  return Number(whole.trim() + fraction);
}

function widthOf(numbers: ReadonlySet<number>): number {
  return numbers.size === 0 ? 1 : Math.max(...numbers) - Math.min(...numbers) + 1;
}
