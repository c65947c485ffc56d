// Lines are lost while a VM ends and another one begins at the address of its struct kvm.

import { describe, expect, it } from "vitest";
import { KIND } from "../../../src/domain/events/kinds.js";
import { readEvents, type Read } from "../../support/events.js";
import { shippedLines } from "../../support/shipped.js";

interface Trace {
  readonly header: readonly string[];
  readonly body: readonly string[];
}

function traceOf(name: string): Trace {
  const lines = shippedLines(name);
  const head = lines.findIndex((line) => !line.startsWith("#"));
  return { header: lines.slice(0, head), body: lines.slice(head) };
}

const cpuOf = (line: string): string => / \[(\d+)\] /.exec(line)?.[1] ?? "";

/** Reads the lines below a header that counts more than are left. */
function read({ header, body }: Trace, left: readonly string[]): Read {
  const counts = `$1${left.length}/${body.length}`;
  const head = header.map((line) => line.replace(/(entries-written:\s+)\d+\/\d+/, counts));
  return readEvents(Buffer.from(`${[...head, ...left].join("\n")}\n`, "latin1"));
}

/** `count` lines from place `from` on are lost, of whatever CPU. */
function withLoss(trace: Trace, from: number, count: number): Read {
  const { body } = trace;
  const marker = `CPU:${Number(cpuOf(body[from] ?? ""))} [LOST ${count} EVENTS]`;
  return read(trace, [...body.slice(0, from), marker, ...body.slice(from + count)]);
}

/** The oldest lines of a CPU are overwritten. */
const withoutOldest = (trace: Trace, cpu: string, count: number): Read =>
  overwritten(trace, new Map([[cpu, count]]));

/** The oldest lines of these CPUs are overwritten. */
function overwritten(trace: Trace, counts: ReadonlyMap<string, number>): Read {
  const lost = new Set<number>();
  for (const [cpu, count] of counts) {
    const own = trace.body.flatMap((line, i) => (cpuOf(line) === cpu ? [i] : []));
    for (const i of own.slice(0, count)) lost.add(i);
  }
  return read(
    trace,
    trace.body.filter((_line, i) => !lost.has(i)),
  );
}

const keyOf = ({ billions, rest, kind, cpu }: Read["events"][number]): string =>
  `${billions} ${rest} ${kind} ${cpu}`;

/** The events whose VM has another avic_vm_id than in the whole recording; those of which none is known are none. */
function misnamed(damaged: Read, whole: Read): readonly string[] {
  const nameIn = ({ vms }: Read, vm: number | null): number | null =>
    vms.get(vm ?? -1)?.vm_id ?? null;
  const right = new Map(whole.events.map((event) => [keyOf(event), nameIn(whole, event.vm)]));
  return damaged.events.flatMap((event) => {
    const name = nameIn(damaged, event.vm);
    const is = right.get(keyOf(event)) ?? null;
    return name === null || is === null || name === is ? [] : [`@${event.seq}: ${name}, is ${is}`];
  });
}

/** The VMs of the whole recording that each VM of a damaged one stands for, by the times of the events. */
function standsFor(damaged: Read, whole: Read): readonly (readonly number[])[] {
  const right = new Map(whole.events.map((event) => [keyOf(event), event.vm]));
  const found = new Map<number, Set<number>>();
  for (const event of damaged.events) {
    const vm = right.get(keyOf(event)) ?? null;
    if (event.vm === null || vm === null) continue;
    found.set(event.vm, (found.get(event.vm) ?? new Set()).add(vm));
  }
  return [...found.values()].map((vms) => [...vms]);
}

const severalOf = (damaged: Read, whole: Read): readonly (readonly number[])[] =>
  standsFor(damaged, whole).filter(({ length }) => length > 1);

describe("a VM at the address of one that ended unseen", () => {
  const one = traceOf("6.17-s1-one");
  const whole = read(one, one.body);

  it.each([700, 1000, 1240, 1400])("is another one where %d lines are overwritten", (count) => {
    expect(severalOf(withoutOldest(one, "000", count), whole)).toEqual([]);
  });

  it.each([1500, 1600, 1700, 1757, 1800])("is another one behind a loss at line %d", (from) => {
    expect(severalOf(withLoss(one, from, 400), whole)).toEqual([]);
  });

  it("is another one in a recording of several VMs", () => {
    const crash = traceOf("6.17-x-uaf-crash");
    const all = read(crash, crash.body);
    for (const from of [900, 1263, 1274, 1400, 2000])
      expect(severalOf(withLoss(crash, from, 306), all)).toEqual([]);
  });
});

describe("while the first line of some CPU is still to come", () => {
  const crash = traceOf("6.17-x-uaf-crash");
  const whole = read(crash, crash.body);
  const cpus = ["000", "001", "002", "003"];
  const ownOf = (cpu: string): number => ownIn(crash, cpu);

  it.each([0.5, 0.7, 0.8, 0.9, 0.97])("no event gets the name of another VM, %d lost", (share) => {
    for (const cpu of cpus) {
      const most = new Map(cpus.map((each) => [each, Math.floor(ownOf(each) * share * 0.6)]));
      most.set(cpu, Math.floor(ownOf(cpu) * share));
      expect(misnamed(overwritten(crash, most), whole)).toEqual([]);
      expect(misnamed(withoutOldest(crash, cpu, most.get(cpu) ?? 0), whole)).toEqual([]);
    }
  });

  it("a VM has its name where its threads print before and behind the lines that name it", () => {
    const one = traceOf("6.17-s1-one");
    const halts = one.body.flatMap((line, i) => (line.includes(" avic_blocking: ") ? [i] : []));
    const cpuOfHalts = cpuOf(one.body[halts[0] ?? 0] ?? "");
    const idle = cpus.filter((cpu) => cpu !== cpuOfHalts);
    const lost = new Map(idle.map((cpu) => [cpu, Math.floor(ownIn(one, cpu) / 2)]));
    const names = [...overwritten(one, lost).vms.values()].map(({ vm_id }) => vm_id);
    expect(names).toContain(1);
  });
});

const ownIn = ({ body }: Trace, cpu: string): number =>
  body.filter((line) => cpuOf(line) === cpu).length;

describe("a VM from before a loss", () => {
  const one = traceOf("6.17-s1-one");
  const places = (text: string): readonly number[] =>
    one.body.flatMap((line, i) => (line.includes(text) ? [i] : []));
  const halts = places(" avic_blocking: ");
  const [, second = 0] = halts;
  /** The first VM's events, before and behind a loss of one line. */
  const rowsAt = (from: number): ReadonlySet<number | null> => {
    const { events } = withLoss(one, from, 1);
    const until = events.find(({ kind }) => kind === KIND.vm_destroyed)?.seq ?? 0;
    return new Set(events.filter(({ seq, vm }) => seq < until && vm !== null).map(({ vm }) => vm));
  };

  it("is recognised by a thread that waited in a halt of its vCPU", () => {
    expect(rowsAt(second)).toEqual(new Set([1]));
  });

  it("is recognised by its avic_vm_id in a line", () => {
    const update = places(" avic_pi_update: ").find((at) => at < (halts[0] ?? 0)) ?? 0;
    expect(update).toBeGreaterThan(0);
    expect(rowsAt(update - 1)).toEqual(new Set([1]));
  });

  it("gets its name back where another line comes first", () => {
    const load = places("piwl-210 ").find(
      (at) => at > second && one.body[at]?.includes(" svm_vcpu_load: ") === true,
    );
    const { events, vms } = withLoss(one, (load ?? 0) - 1, 1);
    const first = events.filter(({ vm }) => vm !== null && vms.get(vm)?.vm_id === 1);
    expect(new Set(first.map(({ vm }) => vm))).toEqual(new Set([1, 2]));
  });
});
