// Faults that are planted into the text of a recording: lines and calls that are taken away, values that are changed.
// Each says which lines of the whole recording it is about, so that a finding can be told to be in its place.

import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { type Read } from "./events.js";

/** A recording with a fault, and what the fault is about. */
export interface Faulty {
  /** The lines that are left, some of them changed. */
  readonly lines: readonly string[];
  /** The number that each of them has in the whole recording. */
  readonly numbers: readonly number[];
  /** Numbers of the lines that were removed or changed. */
  readonly about: readonly number[];
}

/** A kind of fault. null = this recording has no place for it. */
export type Fault = (whole: Whole, random: () => number) => Faulty | null;

/** A whole recording: its lines, and the events that they are. */
export interface Whole {
  readonly lines: readonly string[];
  readonly read: Read;
  readonly byLine: ReadonlyMap<number, TwinEvent>;
  /** Lines by the name of their event. */
  readonly named: ReadonlyMap<string, readonly number[]>;
}

const NAME = /\[\d+\] \S+ +[\d.]+: (\w+): /;
const TASK = /^.{16}-(\d+) /;

/** Prepares a recording for faults. */
export function wholeOf(text: string, read: Read): Whole {
  const lines = text.trimEnd().split("\n");
  const named = new Map<string, number[]>();
  lines.forEach((line, i) => {
    const [, name = ""] = NAME.exec(line) ?? [];
    named.set(name, [...(named.get(name) ?? []), i + 1]);
  });
  return { lines, read, byLine: new Map(read.events.map((event) => [event.line, event])), named };
}

/** One of the items; undefined = there is none. */
export function pick<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

function without(whole: Whole, removed: readonly number[]): Faulty {
  const numbers = whole.lines.map((_, i) => i + 1).filter((number) => !removed.includes(number));
  const lines = numbers.map((number) => whole.lines[number - 1] ?? "");
  return { lines, numbers, about: removed };
}

/** The recording with another text of a line. */
export function withLine(whole: Whole, number: number, line: string): Faulty {
  const lines = [...whole.lines];
  lines[number - 1] = line;
  return { lines, numbers: lines.map((_, i) => i + 1), about: [number] };
}

/** One line of these names is missing. */
function removed(...names: readonly string[]): Fault {
  return (whole, random) => {
    const number = pick(
      names.flatMap((name) => whole.named.get(name) ?? []),
      random,
    );
    return number === undefined ? null : without(whole, [number]);
  };
}

const pidOf = (line: string): string => TASK.exec(line)?.[1] ?? "";

/** The lines of the task from a call's entry to its end, both included; empty = the end is not shown. */
function callLines({ lines }: Whole, from: number, end: string): number[] {
  const pid = pidOf(lines[from - 1] ?? "");
  const found: number[] = [];
  for (let number = from; number <= lines.length; number++) {
    const line = lines[number - 1] ?? "";
    if (pidOf(line) !== pid) continue;
    found.push(number);
    if (NAME.exec(line)?.[1] === end) return found;
  }
  return [];
}

/** A call is missing as a whole, with all that its task printed in it. */
function removedCall(name: string, end: string, outer: string | null = null): Fault {
  return (whole, random) => {
    const number = pick(whole.named.get(name) ?? [], random);
    if (number === undefined) return null;
    const lines = callLines(whole, number, end);
    const before = outer === null ? [] : outerLines(whole, number, outer);
    return lines.length === 0 ? null : without(whole, [...before, ...lines]);
  };
}

/** A function is missing as a whole: its line, and all that it brought about. */
function removedWhole(...names: readonly string[]): Fault {
  return (whole, random) => {
    const number = pick(
      names.flatMap((name) => whole.named.get(name) ?? []),
      random,
    );
    const root = number === undefined ? undefined : whole.byLine.get(number);
    if (root === undefined || number === undefined) return null;
    const own = whole.read.events.filter(({ cause_seq }) => cause_seq === root.seq);
    return without(whole, [number, ...own.map(({ line }) => line)]);
  };
}

/** The line of the function around the call, just before it on its task. */
function outerLines({ lines }: Whole, number: number, outer: string): number[] {
  const pid = pidOf(lines[number - 1] ?? "");
  for (let at = number - 1; at > 0; at--) {
    const line = lines[at - 1] ?? "";
    if (pidOf(line) === pid) return NAME.exec(line)?.[1] === outer ? [at] : [];
  }
  return [];
}

/** A value of a line of these names is another one. */
function changed(
  names: readonly string[],
  change: (line: string, random: () => number) => string,
): Fault {
  return (whole, random) => {
    const number = pick(
      names.flatMap((name) => whole.named.get(name) ?? []),
      random,
    );
    if (number === undefined) return null;
    const line = whole.lines[number - 1] ?? "";
    const other = change(line, random);
    return other === line ? null : withLine(whole, number, other);
  };
}

function otherCpu(line: string, random: () => number): string {
  return line.replace(/ cpu=(\d+)/, (_, cpu: string) => {
    return ` cpu=${(Number(cpu) + 1 + Math.floor(random() * 3)) % 4}`;
  });
}

/** A bit of one of these values is turned, among those that entries use. */
function otherBit(...fields: readonly string[]): (line: string, random: () => number) => string {
  return (line, random) => {
    const field = pick(fields, random) ?? "";
    return line.replace(new RegExp(` ${field}=0x([0-9a-f]+)`), (_, hex: string) => {
      const bit = pick([0, 2, 6, 7, 8, 9, 12, 33, 36], random) ?? 0;
      return ` ${field}=0x${(BigInt(`0x${hex}`) ^ (1n << BigInt(bit))).toString(16)}`;
    });
  };
}

/** Two faults in one recording. */
export function both(first: Fault, second: Fault): Fault {
  return (whole, random) => {
    const one = first(whole, random);
    if (one === null) return null;
    const two = second(whole, random);
    if (two === null) return null;
    const kept = one.numbers.flatMap((number, i) => {
      const isGone = !two.numbers.includes(number);
      const line = two.lines[two.numbers.indexOf(number)] ?? "";
      const own = one.lines[i] ?? "";
      return isGone ? [] : [[number, own === whole.lines[number - 1] ? line : own] as const];
    });
    return {
      lines: kept.map(([, line]) => line),
      numbers: kept.map(([number]) => number),
      about: [...one.about, ...two.about],
    };
  };
}

/** The CPU that printed a line is another one. */
function otherColumn(line: string, random: () => number): string {
  return line.replace(/ \[(\d+)\] /, (_, cpu: string) => {
    return ` [${String((Number(cpu) + 1 + Math.floor(random() * 3)) % 4).padStart(3, "0")}] `;
  });
}

/** All of a line but its time. */
const STAMP = /[\d.]+(?=: \w+: )/;

/** A line and the next one that becomes an event change places; their times stay. `isOwn`: the next of its task. */
function exchanged(isOwn: boolean): Fault {
  return (whole, random) => {
    const first = pick(whole.read.events, random);
    const second = whole.read.events.find(
      ({ seq, task }) => seq > (first?.seq ?? 0) && (!isOwn || task === first?.task),
    );
    if (first === undefined || second === undefined) return null;
    const [one = "", two = ""] = [first, second].map(({ line }) => whole.lines[line - 1]);
    const at = (line: string, of: string): string => line.replace(STAMP, STAMP.exec(of)?.[0] ?? "");
    if (at(one, two) === two) return null;
    const lines = [...whole.lines];
    lines[first.line - 1] = at(two, one);
    lines[second.line - 1] = at(one, two);
    return { lines, numbers: lines.map((_, i) => i + 1), about: [first.line, second.line] };
  };
}

/** A line that becomes an event stands there twice. A user may write a text twice, so it is no marker's. */
function doubled(whole: Whole, random: () => number): Faulty | null {
  const printed = whole.read.events.filter(({ kind }) => kind !== KIND.marker);
  const number = pick(printed, random)?.line;
  if (number === undefined) return null;
  const numbers = whole.lines.flatMap((_, i) => (i + 1 === number ? [number, number] : [i + 1]));
  return { lines: numbers.map((each) => whole.lines[each - 1] ?? ""), numbers, about: [number] };
}

const LOAD = removed("avic_vcpu_load");
const WRITE = removed("irte_write");

/** Faults of the recording, by name. None of them is a fault of the kernel. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "load removed": LOAD,
  "put removed": removed("avic_vcpu_put"),
  "svm load removed": removed("svm_vcpu_load"),
  "svm put removed": removed("svm_vcpu_put"),
  "block removed": removed("avic_blocking"),
  "unblock removed": removed("avic_unblocking"),
  "refresh removed": removed("avic_refresh"),
  "inhibit removed": removed("kvm_apicv_inhibit_changed"),
  "inhibit request removed": removed("apicv_inhibit"),
  "write removed": WRITE,
  "exchange removed": removed("irte_cmpxchg"),
  "set_affinity removed": removed("irte_set_affinity"),
  "vcpu_affinity removed": removed("ir_set_vcpu_affinity"),
  "pi update removed": removed("avic_pi_update"),
  "activate removed": removed("ir_activate", "ir_deactivate"),
  "producer removed": removed("add_producer", "del_producer"),
  "route removed": removed("update_irqfd_routing"),
  "vector removed": removed("vector_config"),
  "load call removed": removedCall("avic_vcpu_load", "avic_vcpu_load_ret", "svm_vcpu_load"),
  "put call removed": removedCall("avic_vcpu_put", "avic_vcpu_put_ret", "svm_vcpu_put"),
  "update call removed": removedCall("avic_pi_update", "avic_pi_update_ret"),
  "routing call removed": removedCall("set_irq_routing", "set_irq_routing_ret"),
  "block call removed": removedWhole("avic_blocking"),
  "unblock call removed": removedWhole("avic_unblocking"),
  "refresh call removed": removedWhole("avic_refresh"),
  "activation call removed": removedWhole("ir_activate", "ir_deactivate"),
  "route call removed": removedCall("update_irqfd_routing", "update_irqfd_routing_ret"),
  "add call removed": removedCall("add_producer", "add_producer_ret"),
  "del call removed": removedCall("del_producer", "del_producer_ret"),
  "driver call removed": removedCall("ir_set_vcpu_affinity", "ir_set_vcpu_affinity_ret"),
  "irqfd call removed": removedCall("kvm_irqfd", "kvm_irqfd_ret"),
  "vcpu creation removed": removed("avic_init_vcpu_ret", "svm_vcpu_free"),
  "vm creation removed": removed("vm_init", "avic_vm_init_ret", "vm_destroy"),
  "allocation removed": removed("irte_alloc_ret", "irte_free", "irte_prepare", "irte_alloc"),
  "msi removed": removed("kvm_msi_set_irq"),
  "decision removed": removed("kvm_pi_irte_update"),
  "irqfd removed": removed("kvm_irqfd", "irqfd_shutdown"),
  "cpu of line changed": changed(
    [
      ...["irte_write", "irte_cmpxchg", "svm_vcpu_load", "svm_vcpu_put", "avic_vcpu_load"],
      ...["avic_vcpu_put", "avic_blocking", "avic_unblocking", "avic_refresh", "avic_pi_update"],
    ],
    otherColumn,
  ),
  "lines of a task exchanged": exchanged(true),
  "lines exchanged": exchanged(false),
  "line doubled": doubled,
  "cpu of load changed": changed(["avic_vcpu_load", "svm_vcpu_load"], otherCpu),
  "bit of write changed": changed(["irte_write"], otherBit("lo", "hi")),
  "bit of exchange changed": changed(["irte_cmpxchg"], otherBit("new_lo", "new_hi")),
  "bit of old changed": changed(["irte_cmpxchg"], otherBit("old_lo", "old_hi")),
  "write and load removed": both(WRITE, LOAD),
};
