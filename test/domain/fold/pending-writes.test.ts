// Which of two writes of an entry came last: what the table's lock orders is as the lines stand, and nothing else is known.

import { describe, expect, test } from "vitest";
import { AMD } from "../../../src/domain/amd/platform.js";
import { isStored } from "../../../src/domain/events/stored-event.js";
import { bitsOf, irteKeyOf } from "../../../src/domain/events/event.js";
import { KIND } from "../../../src/domain/events/kinds.js";
import { emptyState, type TwinState } from "../../../src/domain/fold/state.js";
import { type IrteBits } from "../../../src/domain/values/bits.js";
import { irteKey } from "../../../src/domain/values/ids.js";
import { readEvents } from "../../support/events.js";
import { MORE_TRACES, moreTrace } from "../../support/real-traces.js";

const ADDR = "0xff110001001d4000";
const KEY = irteKey(0, 0x40, 0);

/** A task, or a task on the CPU of another one. */
type Task = "a" | "b" | "c" | "a on b";
const TASKS = ["a", "b", "c"];

/** Lines of 6.1, one a microsecond; each task has a CPU of its own. */
function trace(...lines: readonly (readonly [Task, string])[]): Buffer {
  const text = lines.map(([task, payload], i) => {
    const [name = "", on = name] = task.split(" on ");
    const cpu = TASKS.indexOf(on);
    return `            ${name.padStart(4)}-${10 + TASKS.indexOf(name)}      [00${cpu}] d..1.     1.${String(i).padStart(6, "0")}: ${payload}\n`;
  });
  return Buffer.from(text.join(""));
}

const write = (lo: number): string =>
  `irte_write: (modify_irte_ga+0x0/0x120) devid=0x40 index=0 lo=0x${lo.toString(16)} hi=0xef`;
const exchange = (old: number, lo: number): string =>
  `irte_cmpxchg: (modify_irte_ga+0x7c/0x120) addr=${ADDR} old_lo=0x${old.toString(16)} old_hi=0xef new_lo=0x${lo.toString(16)} new_hi=0xef`;
const store = (lo: number): string =>
  `irte_store: (amd_iommu_update_ga+0x146/0x160) addr=${ADDR} devid=0x40 lo=0x${lo.toString(16)} hi=0xef`;
const OTHER = "vector_config: irq=1 vector=2 cpu=0 apicdest=0x0";

/** The low half of the entry after each event; null = not known. */
function lowAfterEach(bytes: Buffer): (number | null)[] {
  const { events, rules, rejected } = readEvents(bytes, "6.1");
  expect(rejected).toEqual([]);
  let state: TwinState = emptyState(rules, true);
  return events.map((event) => {
    state = AMD.fold.evolveBatch(state, [event]);
    return state.iommu.irtes.get(KEY)?.bits?.loL ?? null;
  });
}

const BEGIN = [
  ["a", write(0x141)],
  ["a", exchange(0, 0x141)],
] as const;

describe("an entry that two tasks write", () => {
  test("holds what a direct store shows, at once and until something else is shown", () => {
    const lines = trace(
      ...BEGIN,
      ["b", store(0xc5)],
      ["c", store(0x85)],
      ["b", OTHER],
      ["c", OTHER],
    );
    expect(lowAfterEach(lines)).toEqual([null, 0x141, 0xc5, 0x85, 0x85, 0x85]);
  });

  test("is not known where a write without its exchange and a store may have come in any order", () => {
    const lines = trace(
      ...BEGIN,
      ["b", write(0xc5)],
      ["c", store(0x85)],
      ["b", OTHER],
      ["c", store(0x45)],
    );
    expect(lowAfterEach(lines)).toEqual([null, 0x141, 0x141, 0x85, null, 0x45]);
  });

  test("is known where an exchange finds the write there, or not yet", () => {
    const found = trace(
      ...BEGIN,
      ["b", write(0xc5)],
      ["c", write(0x85)],
      ["c", exchange(0xc5, 0x85)],
      ["b", OTHER],
    );
    expect(lowAfterEach(found)).toEqual([null, 0x141, 0x141, 0x141, 0x85, 0x85]);
    const before = trace(
      ...BEGIN,
      ["b", write(0xc5)],
      ["c", write(0x85)],
      ["c", exchange(0x141, 0x85)],
      ["b", OTHER],
    );
    expect(lowAfterEach(before)).toEqual([null, 0x141, 0x141, 0x141, 0x85, 0xc5]);
  });
  test("is changed once where two writes without their exchanges are over at once", () => {
    const both = (second: number): Buffer =>
      trace(...BEGIN, ["a", write(0xc5)], ["b", write(second)], ["a on b", OTHER], ["c", OTHER]);
    expect(lowAfterEach(both(0x85))).toEqual([null, 0x141, 0x141, 0x141, null, null]);
    expect(lowAfterEach(both(0xc5))).toEqual([null, 0x141, 0x141, 0x141, 0xc5, 0xc5]);
  });

  test("is not known where two writes without their exchanges were under way at once", () => {
    const lines = trace(
      ...BEGIN,
      ["a", write(0xc5)],
      ["b", write(0x85)],
      ["a", OTHER],
      ["b", OTHER],
    );
    expect(lowAfterEach(lines)).toEqual([null, 0x141, 0x141, 0x141, 0xc5, null]);
  });
});

const OF_6_1 = MORE_TRACES.filter((name) => name.startsWith("6.1/"));

describe.runIf(OF_6_1.length > 0)("a recording of 6.1", () => {
  test.each(OF_6_1)("%s has the last store under the lock everywhere", (name) => {
    const { events, rules } = readEvents(moreTrace(name), "6.1");
    let state: TwinState = emptyState(rules, true);
    const last = new Map<unknown, IrteBits>();
    let stores = 0;
    for (const event of events) {
      state = AMD.fold.evolveBatch(state, [event]);
      const isInLock = event.kind === KIND.irte_exchanged || isStored(event);
      if (isStored(event)) stores++;
      if (isInLock) last.set(irteKeyOf(event), bitsOf(event));
      else if (event.kind === KIND.irte_freed || event.kind === KIND.irte_allocated) last.clear();
      for (const [key, bits] of last)
        expect(state.iommu.irtes.get(key as typeof KEY)?.bits, `@${event.seq}`).toEqual(bits);
    }
    expect(stores).toBeGreaterThan(10);
  });
});
