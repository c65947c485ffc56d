// What `at` says of one entry is what it says of it among all, and costs what that entry needs.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openTimeline, type AtDocument, type Timeline } from "../../../src/index.js";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { SHIPPED, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const timelines: Timeline[] = [];
afterAll(() => {
  for (const timeline of timelines) timeline.close();
});

async function imported(text: string): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  timelines.push(timeline);
  await timeline.import(Buffer.from(text, "latin1"), { name: "made up" });
  return timeline;
}

const TAG_BITS = 9;
const template = traceTemplate(shippedText("6.16-m2-mono-standard"), TAG_BITS);
const longText = (lines: number): string => `${[...repeatedLines(template, lines)].join("\n")}\n`;

const TRACES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(SHIPPED.map((name) => [name, () => shippedText(name)])),
  "with losses": traceWithLosses,
  "a line that cannot be read": () => {
    const lines = shippedText("6.17-s1-one").split("\n");
    return lines.map((line, i) => (i === 1200 ? line.slice(0, 50) : line)).join("\n");
  },
  "of several checkpoints": () => longText(40_000),
};

const MOMENTS = 12;

/** What a document says of an entry: its row, and what is unknown in it. */
function ofEntry({ irtes, unknown, ...document }: AtDocument, name: string) {
  const place = irtes.findIndex(({ irte }) => irte === name);
  const path = `irtes[${place}].`;
  const own = unknown.filter(({ path: each }) => each.startsWith(path));
  return {
    irte: irtes[place],
    unknown: own.map(({ path: each, reason }) => [each.slice(path.length), reason]),
    seq: document.seq,
  };
}

describe.each(Object.entries(TRACES))("%s", (_name, text) => {
  test("one entry is told as among all", async () => {
    const recording = (await imported(text())).recording();
    const { first_seq, last_seq } = recording;
    const [first, last] = [first_seq, last_seq ?? 1];
    for (let i = 0; i <= MOMENTS; i++) {
      const when = `@${first + Math.floor(((last - first) * i) / MOMENTS)}`;
      const whole = recording.at({ when });
      for (const { irte } of whole.irtes.slice(0, 8)) {
        const one = recording.at({ when, irte });
        expect(ofEntry(one, irte)).toEqual(ofEntry(whole, irte));
        expect(one.irtes).toHaveLength(1);
      }
    }
  });
});

describe("what is decoded of the state", () => {
  const IRTE = "0000:00:08.0/0";
  let short: Timeline;
  let long: Timeline;
  beforeAll(async () => {
    short = await imported(longText(20_000));
    long = await imported(longText(160_000));
  }, 300_000);
  afterEach(() => vi.restoreAllMocks());

  /** How many entities of stored states the question decodes in JavaScript. */
  function decodedBy(timeline: Timeline, irte?: string): number {
    const recording = timeline.recording();
    const when = `@${Math.floor(((recording.last_seq ?? 0) * 9) / 10)}`;
    const parse = vi.spyOn(JSON, "parse");
    recording.at({ when, irte });
    const values = parse.mock.results.map(({ value }) => value as Partial<StoredState> | null);
    vi.restoreAllMocks();
    return values.reduce((sum, value) => sum + (value?.vcpus ? countOf(value) : 0), 0);
  }

  test("is the entry, and the VMs whose irqfds may be connected to it", () => {
    const [few, many] = [decodedBy(short, IRTE), decodedBy(long, IRTE)];
    expect(few).toBeGreaterThan(0);
    expect(many).toBeLessThan(2 * few);
    expect(decodedBy(long)).toBeGreaterThan(100 * many);
  });
});

interface StoredState {
  readonly irtes: readonly unknown[];
  readonly vms: readonly unknown[];
  readonly vcpus: readonly unknown[];
  readonly routes: readonly unknown[];
}

function countOf({ irtes = [], vms = [], vcpus = [], routes = [] }: Partial<StoredState>): number {
  return irtes.length + vms.length + vcpus.length + routes.length;
}
