// No step costs more per event as entities, gaps and findings become more: each function of the program is counted for
// recordings of which each is twice as long as the one before, and may run about twice as often.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repeatedLines, traceTemplate } from "./bench/generate.js";
import { Operations } from "./support/operations.js";
import { Scratch } from "./support/scratch.js";
import { shippedText } from "./support/shipped.js";

const scratch = new Scratch();
const operations = new Operations();

beforeAll(async () => {
  await operations.begin();
});
afterAll(async () => {
  await operations.end();
});

const TAG_BITS = 9;
/** The first one warms up: it is not counted. */
const SIZES = [9500, 19_000, 38_000, 76_000] as const;
const template = traceTemplate(shippedText("6.16-m2-mono-standard"), TAG_BITS);
const linesOf = (count: number): string[] => [...repeatedLines(template, count)];
const bytesOf = (lines: readonly string[]): Buffer =>
  Buffer.from(`${lines.join("\n")}\n`, "latin1");

/** Recordings that grow in one way each. */
const RECORDINGS: Readonly<Record<string, (count: number) => string[]>> = {
  "of many entities": linesOf,
  "with many gaps": (count) =>
    linesOf(count).flatMap((line, i) =>
      i % 400 === 399 ? ["CPU:1 [LOST 3 EVENTS]", line] : [line],
    ),
  "whose lines contradict each other": (count) =>
    linesOf(count).filter((line, i) => i % 40 !== 7 || !line.includes("ir_set_vcpu_affinity")),
};

/** Functions whose count is small say nothing. */
const COUNT_MIN = 3000;
/** Twice, and what a size that is no whole number of repetitions adds. */
const GROWTH_MAX = 2.35;

/** What grows with the recording at these sizes, and up to which bound. */
const BOUNDED: Readonly<Record<string, string>> = {
  "domain/amd/invariants/invariant-tests isValidAndPosted":
    "a vCPU that goes is compared with each entry of the tables that there are",
  "projections/frames part":
    "a frame ends when it has one event for each 6 bytes of the state that it begins with, and not before 4,096 events",
};

type Counts = ReadonlyMap<string, number>;

/** V8 loses counts of a function when it compiles it again, and adds none: so often what is too fast is counted anew. */
const MEASURED_AGAIN = 6;

/** The functions that grow faster than the recording, each time. */
function tooFast([, ...sizes]: readonly Counts[]): readonly string[] {
  const names = sizes.at(-1)?.keys() ?? [];
  return [...names].flatMap((name) => {
    if (name in BOUNDED) return [];
    const [once = 0, twice = 0, fourTimes = 0] = sizes.map((counts) => counts.get(name));
    const isFast = twice > GROWTH_MAX * once && fourTimes > GROWTH_MAX * twice;
    return isFast && fourTimes >= COUNT_MIN ? [`${name}: ${once}, ${twice}, ${fourTimes}`] : [];
  });
}

/** The counts of each step, by its name, for each size. */
type Taken = ReadonlyMap<string, readonly Counts[]>;

/** Of two measurements of each size the higher count of each function. */
function highest(one: readonly Counts[], other: readonly Counts[]): readonly Counts[] {
  return one.map((counts, size) => {
    const more = other[size];
    const names = new Set([...counts.keys(), ...(more?.keys() ?? [])]);
    const higher = (name: string): number => Math.max(counts.get(name) ?? 0, more?.get(name) ?? 0);
    return new Map([...names].map((name) => [name, higher(name)]));
  });
}

describe.each(Object.entries(RECORDINGS))("a recording %s", (_name, lines) => {
  let taken: Taken = new Map();

  const measured = async (): Promise<Taken> => {
    const found = new Map<string, Counts[]>();
    const { openTimeline } = await import("../src/index.js");
    for (const size of SIZES) {
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      const step = async (name: string, act: () => unknown): Promise<void> => {
        await operations.taken();
        await act();
        found.set(name, [...(found.get(name) ?? []), await operations.taken()]);
      };
      const input = bytesOf(lines(size));
      await step("import", () => timeline.import(input, { name: "generated" }));
      await step("check", () => timeline.recording().check());
      await step("verify", () => timeline.verify());
      await step("log", () => [...timeline.recording().log()].length);
      const when = `@${(timeline.recording().last_seq ?? 0) - 1}`;
      await step("rewind", () => timeline.recording().rewind({ to: scratch.path(".db"), when }));
      await step("info", () => timeline.info());
      timeline.close();
    }
    return found;
  };

  beforeAll(async () => {
    taken = await measured();
  }, 300_000);

  test.each(["import", "check", "verify", "log", "rewind", "info"])(
    "%s",
    async (step) => {
      let counts = taken.get(step) ?? [];
      expect(counts.map(({ size }) => size > 10)).toEqual([true, true, true, true]);
      for (let times = 0; times < MEASURED_AGAIN && tooFast(counts).length > 0; times++)
        counts = highest(counts, (await measured()).get(step) ?? []);
      expect(tooFast(counts)).toEqual([]);
    },
    300_000,
  );
});
