// Imports that are stopped late, and timelines that are closed while something runs: who waits hears of it at once, and
// the timeline is as it was for every question, though rows are still there.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline, TwinError, type Timeline } from "../../../src/index.js";
import { contentOf, valueOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const FIRST = shippedPath("6.17-s1-one");
const OTHER = shippedPath("6.16-m2-mono-standard");
const LIBRARY = fileURLToPath(new URL("../../../dist/index.js", import.meta.url));

const scratch = new Scratch();
let large: string;
let base: string;
let before: unknown;
let both: unknown;

beforeAll(async () => {
  large = scratch.file(".txt", largeTrace(16));
  base = scratch.path(".db");
  const timeline = await openTimeline(base, { create: true });
  await timeline.import(FIRST);
  timeline.close();
  before = contentOf(base);
  const db = copyOf(base);
  const whole = await openTimeline(db);
  await whole.import(OTHER);
  whole.close();
  both = contentOf(db);
});

/** A copy of a timeline as it lies on the disk: what a process leaves that is killed now. */
function copyOf(db: string): string {
  const copy = scratch.path(".db");
  for (const suffix of ["", "-wal"])
    if (existsSync(db + suffix)) cpSync(db + suffix, copy + suffix);
  return copy;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TwinError);
  return error instanceof TwinError ? error.code : "";
}

/** Imports the large recording until more than a number of events are read, and then does something. */
async function importUntil(timeline: Timeline, events: number, then: () => void): Promise<string> {
  let isDone = false;
  const onProgress = ({ events: read }: { readonly events: number }): void => {
    if (isDone || read <= events) return;
    isDone = true;
    then();
  };
  return codeOf(timeline.import(large, { onProgress, ...signalOf.get(timeline) }));
}

const signalOf = new WeakMap<Timeline, { readonly signal: AbortSignal }>();

/** Stops the import of the large recording when most of it is stored. */
async function stopLate(timeline: Timeline): Promise<void> {
  const controller = new AbortController();
  signalOf.set(timeline, { signal: controller.signal });
  const code = await importUntil(timeline, 40_000, () => {
    controller.abort();
  });
  expect(code).toBe("ERR_ABORTED");
}

/** The timeline has one recording, for every question. */
function expectToBeAsItWas(timeline: Timeline): void {
  expect(timeline.recordings().map(({ id, state }) => [id, state])).toEqual([[1, "complete"]]);
  expect(timeline.info().recordings).toHaveLength(1);
  expect(timeline.verify()).toMatchObject({ verdict: "intact", findings: [] });
  expect(() => timeline.recording(2)).toThrow(TwinError);
}

describe("an import that is stopped late", () => {
  test("is gone for every question at once, and the next one gets its numbers", async () => {
    const db = copyOf(base);
    const timeline = await openTimeline(db);
    await stopLate(timeline);
    expect(Number(valueOf(db, "SELECT count(*) FROM event WHERE recording_id = 2"))).not.toBe(0);
    expectToBeAsItWas(timeline);
    expect(await timeline.query("SELECT DISTINCT recording_id FROM v_event")).toEqual([
      { recording_id: 1 },
    ]);
    expect(contentOf(db)).toEqual(before);
    await timeline.import(OTHER);
    timeline.close();
    expect(contentOf(db)).toEqual(both);
  });

  test("leaves nothing in the file when the timeline is closed", async () => {
    const db = copyOf(base);
    const timeline = await openTimeline(db);
    await stopLate(timeline);
    timeline.close();
    expect(contentOf(db)).toEqual(before);
  });

  test("stays gone when the process is killed then, and is removed by who can write", async () => {
    const timeline = await openTimeline(copyOf(base));
    await stopLate(timeline);
    const killed = copyOf(timeline.file);
    timeline.close();
    const reader = await openTimeline(killed, { readonly: true });
    expectToBeAsItWas(reader);
    reader.close();
    const writer = await openTimeline(killed);
    expectToBeAsItWas(writer);
    await writer.import(OTHER);
    writer.close();
    expect(contentOf(killed)).toEqual(both);
  });

  test("is imported from its beginning by the same process and by another", async () => {
    const whole = copyOf(base);
    const first = await openTimeline(whole);
    await first.import(large);
    first.close();
    const timeline = await openTimeline(copyOf(base));
    await stopLate(timeline);
    const killed = copyOf(timeline.file);
    for (const open of [timeline, await openTimeline(killed)]) {
      expect(await open.import(large)).toMatchObject({ recording_id: 2, already_imported: false });
      open.close();
      expect(contentOf(open.file)).toEqual(contentOf(whole));
    }
  });
});

describe("a timeline that is closed", () => {
  test.each([1, 10_000, 40_000])(
    "after %i events of an import stops it, and nothing of it stays",
    async (events) => {
      const db = copyOf(base);
      const timeline = await openTimeline(db);
      const seen: string[] = [];
      timeline
        .live()
        .subscribe((update) => seen.push(update.kind === "rolled_back" ? update.why : update.kind));
      const waiting = importUntil(timeline, events, () => {
        timeline.close();
      });
      const queued = codeOf(timeline.import(OTHER));
      expect(await waiting).toBe("ERR_CLOSED");
      expect(await queued).toBe("ERR_CLOSED");
      expect(seen.at(-1)).toBe("ERR_CLOSED");
      expect(contentOf(db)).toEqual(before);
      const again = await openTimeline(db);
      const started = performance.now();
      await again.import(OTHER);
      // An import that waits for a dead one waits ten seconds.
      expect(performance.now() - started).toBeLessThan(8000);
      again.close();
      expect(contentOf(db)).toEqual(both);
    },
    30_000,
  );

  test("by a subscriber to its batches stops the import", async () => {
    const db = copyOf(base);
    const timeline = await openTimeline(db);
    timeline.batches.subscribe(() => {
      timeline[Symbol.dispose]();
    });
    expect(await codeOf(timeline.import(large))).toBe("ERR_CLOSED");
    expect(contentOf(db)).toEqual(before);
  });

  test("while a check, a verification or a query runs ends it", async () => {
    const db = copyOf(base);
    const made = await openTimeline(db);
    await made.import(large);
    made.close();
    for (const ms of [0, 3, 30, 60]) {
      const timeline = await openTimeline(db);
      const running = [
        timeline.recording().checkAsync(),
        timeline.verifyAsync(),
        timeline.query(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n WHERE i = 2",
        ),
      ].map(codeOf);
      await pause(ms);
      timeline.close();
      expect(await Promise.all(running)).toEqual(["ERR_CLOSED", "ERR_CLOSED", "ERR_CLOSED"]);
    }
    const again = await openTimeline(db);
    expect(again.verify().verdict).toBe("intact");
    again.close();
  }, 60_000);

  test("while its log is iterated ends that with ERR_CLOSED", async () => {
    const timeline = await openTimeline(copyOf(base));
    const log = timeline.recording().log();
    expect(log.next().done).toBe(false);
    timeline.close();
    const readAll = (): number => [...log].length;
    expect(readAll).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }) as Error);
  });

  test.each([
    ["ends by itself", ""],
    ["exits right after", "process.exit(0);"],
  ])(
    "in the middle of an import by a process that %s: the next import runs at once",
    async (_how, then) => {
      const db = copyOf(base);
      const program = `
      const { openTimeline } = await import(${JSON.stringify(LIBRARY)});
      const timeline = await openTimeline(${JSON.stringify(db)});
      const onProgress = ({ events }) => {
        if (events < 20000) return;
        timeline.close();
        ${then}
      };
      await timeline.import(${JSON.stringify(large)}, { onProgress }).catch(({ code }) => console.log(code));`;
      const ran = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
      });
      expect(ran).toMatchObject({
        status: 0,
        stdout: then === "" ? "ERR_CLOSED\n" : "",
        stderr: "",
      });
      expect(contentOf(db)).toEqual(before);
      const timeline = await openTimeline(db);
      await timeline.import(OTHER);
      timeline.close();
      expect(contentOf(db)).toEqual(both);
    },
  );
});
