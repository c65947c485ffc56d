// Lines that contradict each other: none in what a kernel printed, whole or in part; nearly always one where a line was
// taken away or changed, in its place, and no finding about the kernel. A fault of the kernel stays one.

import { describe, expect, it } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { randomOf } from "../support/random.js";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { FIELD_FAULTS } from "../support/field-faults.js";
import { wholeOf } from "../support/faults.js";
import { recounted } from "../support/ftrace-text.js";
import { ALL_FAULTS, soak } from "../support/soak.js";

const SEED = 20261126;
const CUTS = 6;
/** In so many updates recordings begin, and so many lines of each are read: more than an update has. */
const UPDATES = 20;
const OF_UPDATE = 200;
const NOBODY = { mismatched: 0, unexpected: 0, missing: 0 };
/** Lines of a recording that tell of itself. */
const HEAD = 14;

function contradictionsIn(text: string, rules: Read["rules"]): string[] {
  const read = readEvents(Buffer.from(text, "latin1"), rules);
  return checked(read).checker.contradictions.map(
    ({ id, evidence }) =>
      `${id} at lines ${evidence.map((seq) => read.events[seq - 1]?.line).join(" ")}`,
  );
}

const rulesIn = (text: string): Read["rules"] => readEvents(Buffer.from(text, "latin1")).rules;

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesIn(text);
  const lines = text.trimEnd().split("\n");

  it("has no contradiction", () => {
    expect(contradictionsIn(text, rules)).toEqual([]);
  });

  it("has none where it is cut at any two lines", () => {
    const random = randomOf(SEED);
    for (let i = 0; i < CUTS; i++) {
      const from = HEAD + Math.floor(random() * (lines.length - HEAD));
      const to = from + Math.floor(random() * (lines.length - from));
      const cut = [...lines.slice(0, HEAD), ...lines.slice(from, to)].join("\n");
      expect(contradictionsIn(`${cut}\n`, rules), `lines ${from} to ${to}`).toEqual([]);
    }
  });

  it("has none where it begins within an update, which accuses nobody", () => {
    const begins = lines.flatMap((line, i) =>
      / (?:kvm_msi_set_irq|single_vcpu): /.test(line) ? [i + 1] : [],
    );
    for (const from of begins.slice(0, UPDATES)) {
      const cut = [...lines.slice(0, HEAD), ...lines.slice(from, from + OF_UPDATE)].join("\n");
      expect(contradictionsIn(`${cut}\n`, rules), `from line ${from}`).toEqual([]);
      const whole = recounted([...lines.slice(0, HEAD), ...lines.slice(from)].join("\n"));
      const { counts } = checked(readEvents(Buffer.from(`${whole}\n`, "latin1"), rules)).checker;
      const { mismatched, unexpected, missing } = counts;
      expect({ mismatched, unexpected, missing }, `from line ${from}`).toEqual(NOBODY);
    }
  });

  it("has none where events of a CPU are lost, and a marker says so", () => {
    const random = randomOf(SEED);
    for (let i = 0; i < CUTS; i++) {
      const cpu = `[00${Math.floor(random() * 4)}]`;
      const from = HEAD + Math.floor(random() * (lines.length - HEAD));
      const to = from + Math.floor(random() * 300);
      const kept = lines.map((line, at) =>
        at >= from && at < to && line.includes(cpu) ? "" : line,
      );
      const next = kept.findIndex((line, at) => at >= to && line.includes(cpu));
      if (next < 0) continue;
      kept.splice(next, 0, `CPU:${cpu.at(3) ?? "0"} [LOST 9 EVENTS]`);
      const left = kept.filter((line) => line !== "").join("\n");
      expect(contradictionsIn(`${left}\n`, rules), `${cpu} ${from} to ${to}`).toEqual([]);
    }
  });

  it("has none without any one of its names, nor without several", () => {
    const nameOf = (line: string): string | undefined => /: (\w+): /.exec(line)?.[1];
    const names = [...new Set(lines.map(nameOf).filter((each) => each !== undefined))];
    const random = randomOf(SEED);
    const sets = [
      ...names.map((each) => [each]),
      ...Array.from({ length: CUTS }, () => names.filter(() => random() < 0.3)),
    ];
    for (const without of sets) {
      const left = lines.filter((line) => !without.includes(nameOf(line) ?? "")).join("\n");
      expect(contradictionsIn(`${left}\n`, rules), `without ${without.join(" ")}`).toEqual([]);
    }
  });
});

/** Another vector in a write, and in its exchange and in what the next exchange finds if `isReal`. */
function withWrongWrite(read: Read, isReal: boolean): TwinEvent[] {
  const writes = read.events.filter(
    ({ kind, loL }) => kind === KIND.irte_written && (loL & 0x80) !== 0,
  );
  const at = writes[Math.floor(writes.length / 2)]?.seq ?? 0;
  return read.events.map((event) => {
    const isWrite = event.seq === at || (isReal && event.seq === at + 1);
    return isWrite ? { ...event, hiL: event.hiL ^ 1 } : event;
  });
}

describe("a posted entry with another vector than the rules demand", () => {
  const read = readEvents(Buffer.from(shippedText("7.3-s2-two"), "latin1"));

  it("is a fault of the kernel where the write and its exchange show it", () => {
    const { findings } = checked(read, withWrongWrite(read, true)).checker;
    expect(findings.map(({ kind }) => kind)).toContain("mismatch");
  });

  it("is a contradiction where the exchange has the right one", () => {
    const { findings, contradictions, counts } = checked(read, withWrongWrite(read, false)).checker;
    expect(findings).toEqual([]);
    expect(contradictions.map(({ id }) => id)).toEqual(["C2"]);
    expect(counts.mismatched).toBe(0);
  });
});

const names = ["6.12-s2-two", "6.16-s1-one", "6.17-s1-one", "6.18-s1-one", "7.3-s2-two"];

/** Whose faults may leave no trace: a line that repeats what was so, or a call that changes nothing. */
const MAY_LEAVE_NO_TRACE =
  /vector|rout|irqfd|del call|inhibit removed|creation|allocat|activation|msi|decision|exchanged|of line/;

describe("a line or call that is missing, doubled or changed", () => {
  const tallies = soak(names.map(shippedText), { tries: 2, seed: SEED });
  const sure = [...tallies].filter(([name]) => !MAY_LEAVE_NO_TRACE.test(name));

  it.each(sure)("%s: is found", (_name, { tries, found, notes }) => {
    expect(found / tries, notes.join("\n")).toBeGreaterThanOrEqual(0.95);
  });

  it("is found in its place", () => {
    const sum = (of: "tries" | "located"): number =>
      sure.reduce((total, [, tally]) => total + tally[of], 0);
    expect(sum("located") / sum("tries")).toBeGreaterThanOrEqual(0.97);
  });

  it("is nearly never blamed on the kernel", () => {
    const sum = (of: "tries" | "accused"): number =>
      [...tallies.values()].reduce((total, tally) => total + tally[of], 0);
    const notes = [...tallies.values()].flatMap((tally) => tally.notes);
    expect(sum("accused") / sum("tries"), notes.join("\n")).toBeLessThanOrEqual(0.01);
  });
});

describe("another value in any field of any probe", () => {
  const tallies = soak(names.slice(-2).map(shippedText), {
    tries: 1,
    seed: SEED,
    only: Object.keys(FIELD_FAULTS),
  });

  it("is rarely blamed on the kernel", () => {
    const sum = (of: "tries" | "accused"): number =>
      [...tallies.values()].reduce((total, tally) => total + tally[of], 0);
    expect(sum("accused") / sum("tries")).toBeLessThanOrEqual(0.03);
  });
});

/** A fault may hit a line that says nothing with the field, such as the vector of an NMI: one of these places is not so. */
const PLACES = 3;

/** What is found where a fault of this kind is planted: rows that are contradicted, and lines that cannot be read. */
function planted(
  name: string,
  kind: string,
  seed = SEED,
): { readonly ids: string[]; readonly unread: number } {
  const text = shippedText(name);
  const whole = wholeOf(text, readEvents(Buffer.from(text, "latin1")));
  const faulty = ALL_FAULTS[kind]?.(whole, randomOf(seed));
  if (faulty == null) throw new Error(`${name} has no place for ${kind}`);
  const read = readEvents(Buffer.from(`${faulty.lines.join("\n")}\n`, "latin1"), whole.read.rules);
  const { contradictions, findings } = checked(read).checker;
  expect(findings).toEqual([]);
  return { ids: contradictions.map(({ id }) => id), unread: read.rejected.length };
}

describe("the lines that contradict each other are told by what they show", () => {
  it.each([
    ["6.17-s1-one", "svm_vcpu_put id changed", "C16"],
    ["7.3-s2-two", "kvm_pi_irte_update irq changed", "C17"],
    ["6.17-s1-one", "kvm_msi_set_irq vec changed", "C17"],
    ["7.3-s2-two", "kvm_pi_irte_update vcpu changed", "C17"],
    ["6.12-s2-two", "ir_set_vcpu_affinity is_guest_mode changed", "C17"],
    ["7.3-s2-two", "irte_set_affinity index changed", "C13"],
    ["6.18-x-stale-route-removed", "add_producer host_irq changed", "C14"],
    ["7.3-s2-two", "line doubled", "C18"],
    ["7.3-s2-two", "ir_activate irq changed", "C19"],
    ["6.12-s2-two", "irte_prepare vector changed", "C13"],
    ["6.12-s2-two", "update call removed", "C12"],
    ["6.18-s1-one", "kvm_irqfd flags changed", "C20"],
    ["6.17-s1-one", "avic_init_vcpu_ret entry changed", "C4"],
  ])("%s, %s: %s", (name, kind, id) => {
    const ids = Array.from({ length: PLACES }, (_, i) => planted(name, kind, SEED + i).ids);
    expect(ids.flat()).toContain(id);
  });

  it("a line whose kvm and vm_id are of different VMs is not read", () => {
    expect(planted("7.3-s2-two", "kvm_irqfd vm_id changed").unread).toBe(1);
  });
});
