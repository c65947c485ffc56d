// Imports of what comes bit by bit: streams, bytes in memory, sources that pause, and imports that are stopped.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  openTimeline,
  TwinError,
  type ImportProgress,
  type ImportSource,
  type Timeline,
} from "../../../src/index.js";
import { contentOf, rowsOf } from "../../support/content.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { MAIN } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";

/** Longer than what was read may wait, and shorter than a user does. */
const PAUSE_MS = 1100;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TwinError);
  return error instanceof TwinError ? error.code : "";
}

/** The content of a timeline that imported this. The path of the file is not compared: streams have none. */
async function contentAfter(source: ImportSource, name?: string): Promise<unknown> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(source, { name });
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  return contentOf(db);
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    if (at % (size * 100) === 0) await pause(0);
    yield new Uint8Array(bytes.subarray(at, at + size));
  }
}

describe("an import of", () => {
  const bytes = Buffer.from(shippedText(NAME), "latin1");
  const packed = gzipSync(bytes);
  const asFile = contentAfter(scratch.file(".txt", bytes), "t.txt");
  const asPacked = contentAfter(scratch.file(".gz", packed), "t.txt");
  test.each([
    ["a Readable", () => Readable.from([bytes])],
    [
      "a file's stream",
      () => createReadStream(scratch.file(".txt", bytes), { highWaterMark: 999 }),
    ],
    ["an AsyncIterable of small Uint8Arrays", () => cut(bytes, 777)],
    ["bytes in memory", () => new Uint8Array(bytes)],
  ])("%s stores what the file's import stores", async (_name, source) => {
    expect(await contentAfter(source(), "t.txt")).toEqual(await asFile);
  });

  test.each([
    ["a Readable", () => Readable.from([packed])],
    ["byte by byte", () => cut(packed, 1)],
    ["bytes in memory", () => packed],
  ])("compressed, %s: the same", async (_name, source) => {
    expect(await contentAfter(source(), "t.txt")).toEqual(await asPacked);
  });

  test("text, a number, or a source that fails is refused, and nothing stays", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    expect(await codeOf(timeline.import(Readable.from(["# tracer: nop\n"])))).toBe("ERR_USAGE");
    expect(await codeOf(timeline.import(7 as unknown as string))).toBe("ERR_USAGE");
    const failing = Readable.from(
      (async function* () {
        yield bytes;
        await pause(1);
        throw new Error("the cable is out");
      })(),
    );
    expect(await codeOf(timeline.import(failing))).toBe("ERR_INPUT_UNREADABLE");
    const failingPacked = (async function* () {
      yield packed.subarray(0, 5000);
      await pause(1);
      throw new Error("the cable is out");
    })();
    expect(await codeOf(timeline.import(failingPacked))).toBe("ERR_INPUT_UNREADABLE");
    expect(timeline.recordings()).toEqual([]);
    timeline.close();
  });
});

/** Gives parts of a text, each after a pause. */
function slowly(parts: readonly string[]): PassThrough {
  const stream = new PassThrough();
  void (async () => {
    for (const part of parts) {
      stream.write(Buffer.from(part, "latin1"));
      await pause(PAUSE_MS);
    }
    stream.end();
  })();
  return stream;
}

function events(db: string): number {
  return Number(rowsOf(db, "SELECT count(*) FROM event")[0]?.[0]);
}

describe("a source that pauses", () => {
  test("is stored as it comes, and in the end as if it had not paused", async () => {
    const text = shippedText(NAME);
    const cuts = [0, 6000, 9050, 20_000, 40_000, text.length];
    const parts = cuts.slice(1).map((to, i) => text.slice(cuts[i], to));
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    const seen: number[] = [];
    const reader = setInterval(() => {
      seen.push(events(db));
      expect(timeline.verify().verdict).toBe("intact");
    }, PAUSE_MS / 5);
    await timeline.import(slowly(parts), { name: "t.txt" });
    clearInterval(reader);
    expect(new Set(seen.filter((count) => count > 0)).size).toBeGreaterThanOrEqual(3);
    timeline.close();
    expect(contentOf(db)).toEqual(
      await contentAfter(Readable.from([Buffer.from(text, "latin1")]), "t.txt"),
    );
  }, 30_000);

  test("can be asked for its state while it pauses, by the recording's number", async () => {
    const lines = shippedLines(NAME);
    const half = textOf(lines.slice(0, lines.length / 2));
    const whole = await openTimeline(scratch.path(".db"), { create: true });
    await whole.import(shippedPath(NAME));
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const stream = new PassThrough();
    const running = timeline.import(stream);
    stream.write(Buffer.from(half, "latin1"));
    await pause(PAUSE_MS + 400);
    const now = timeline.recording(1).at();
    expect(now.seq).toBeGreaterThan(100);
    const { irtes, vcpus, vms } = whole.recording().at({ when: `@${now.seq}` });
    expect(now).toMatchObject({ irtes, vcpus, vms });
    whole.close();
    stream.end();
    await running;
    timeline.close();
  }, 30_000);

  test("counts lines that are no events, and shows one that was rejected", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const stream = new PassThrough();
    const running = timeline.import(stream);
    const text = textOf(shippedLines(NAME).slice(0, 400));
    stream.write(Buffer.from(text, "latin1"));
    const untilLines = async (total: number): Promise<void> => {
      for (let looks = 0; looks < 600; looks++) {
        const [recording] = timeline.recordings();
        if (recording?.lines.total === total) return;
        await pause(50);
      }
      throw new Error(`${total} lines are not counted`);
    };
    await untilLines(400);
    stream.write("            piwl-210     [000] .....  393472: vm_init: (\n");
    await untilLines(401);
    expect(rowsOf(timeline.file, "SELECT line FROM rejected_line")).toEqual([[401n]]);
    stream.end();
    await running;
    timeline.close();
  }, 60_000);

  test("is read anew when later lines tell more of its kernel", async () => {
    const lines = shippedLines(NAME);
    const named = lines.findIndex((line) => /\b\d\.\d+\.\d+-/.test(line));
    const rest = lines.filter((_, i) => i !== named);
    const note = lines[named] ?? "";
    const text = [...rest.slice(0, 200), note, ...rest.slice(200)];
    const whole = await contentAfter(Buffer.from(textOf(text), "latin1"), "t.txt");
    const parts = [textOf(text.slice(0, 150)), textOf(text.slice(150))];
    expect(await contentAfter(slowly(parts), "t.txt")).toEqual({ ...(whole as object) });
  }, 30_000);

  test("and is not in the order of time is put in order at its end", async () => {
    const lines = byCpu(shippedLines(NAME));
    const text = textOf(lines);
    const whole = await contentAfter(Buffer.from(text, "latin1"), "t.txt");
    const parts = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
    expect(await contentAfter(slowly(parts), "t.txt")).toEqual(whole);
  }, 30_000);

  test("on standard input: what came in is visible within about a second", async () => {
    const db = scratch.path(".db");
    const child = spawn(process.execPath, [MAIN, "import", "-", "--db", db], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.write(Buffer.from(textOf(shippedLines(NAME).slice(0, 400)), "latin1"));
    const started = Date.now();
    let seen = 0;
    while (seen === 0 && Date.now() - started < 15_000) {
      await pause(200);
      try {
        seen = events(db);
      } catch {
        // The file is not made yet.
      }
    }
    child.stdin.end();
    await once(child, "close");
    expect(seen).toBeGreaterThan(100);
  }, 30_000);
});

/**
 * How long a stopped import takes to say so, in milliseconds of wall-clock time. It is stopped in the middle of a file,
 * and after some milliseconds of a stream.
 */
async function stopped(
  timeline: Timeline,
  source: ImportSource,
  after: number | null,
): Promise<number> {
  const controller = new AbortController();
  let at = 0;
  const stop = (): void => {
    at = performance.now();
    controller.abort();
  };
  if (after !== null) setTimeout(stop, after);
  const onProgress = ({ events }: ImportProgress): void => {
    if (after === null && at === 0 && events > 10_000) stop();
  };
  const running = timeline.import(source, { signal: controller.signal, onProgress });
  expect(await codeOf(running)).toBe("ERR_ABORTED");
  return performance.now() - at;
}

describe("an import that its signal stops", () => {
  const large = scratch.file(".txt", largeTrace());
  test.each([
    ["a file", null, () => large],
    ["bytes in memory", null, () => readFileSync(large)],
    [
      "a compressed file",
      null,
      () => scratch.file(".gz", gzipSync(readFileSync(large), { level: 1 })),
    ],
    ["a stream that says nothing", 300, () => new PassThrough()],
    [
      "a stream that pauses",
      1500,
      () => {
        const stream = new PassThrough();
        stream.write(Buffer.from(shippedText(NAME), "latin1"));
        return stream;
      },
    ],
  ])(
    "of %s ends soon, and the timeline is as it was",
    async (_name, after, source) => {
      const db = scratch.path(".db");
      const timeline = await openTimeline(db, { create: true });
      await timeline.import(shippedPath(NAME));
      const before = contentOf(db);
      // A loaded machine takes longer than the tenth of a second that a free one needs.
      expect(await stopped(timeline, source(), after)).toBeLessThan(1000);
      expect(contentOf(db)).toEqual(before);
      // Nothing of it is in the way of the next one.
      await timeline.import(shippedPath("6.17-x-uaf-crash"));
      expect(timeline.recordings().map(({ state }) => state)).toEqual(["complete", "complete"]);
      timeline.close();
    },
    30_000,
  );

  test("before it begins reads nothing, and those that wait go on", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const first = timeline.import(shippedPath(NAME));
    const second = timeline.import(large, { signal: AbortSignal.abort() });
    const third = timeline.import(shippedPath("6.17-x-uaf-crash"));
    expect(await codeOf(second)).toBe("ERR_ABORTED");
    expect((await first).recording_id).toBe(1);
    expect((await third).recording_id).toBe(2);
    timeline.close();
  });

  test("while it waits for another one ends at once, and its stream is destroyed", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const silent = new PassThrough();
    const first = timeline.import(silent);
    const [controller, stream] = [new AbortController(), new PassThrough()];
    const second = timeline.import(stream, { signal: controller.signal });
    const third = timeline.import(shippedPath("6.17-x-uaf-crash"));
    controller.abort();
    expect(await codeOf(second)).toBe("ERR_ABORTED");
    expect([silent.destroyed, stream.destroyed]).toEqual([false, true]);
    // The first one still runs, and the third waits for it.
    expect(timeline.recordings()).toEqual([]);
    silent.end(Buffer.from(shippedText(NAME), "latin1"));
    expect((await first).recording_id).toBe(1);
    expect((await third).recording_id).toBe(2);
    timeline.close();
  });

  test("or that is refused before it begins destroys its stream", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const refused = [{ signal: AbortSignal.abort() }, { kernel: "none" }];
    for (const options of refused) {
      const stream = new PassThrough();
      await codeOf(timeline.import(stream, options));
      expect(stream.destroyed).toBe(true);
    }
    timeline.close();
  });
});

test("an import into a timeline that was closed says so", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  timeline.close();
  expect(await codeOf(timeline.import(shippedPath(NAME)))).toBe("ERR_CLOSED");
});
