// `live()`: what a dashboard is told while recordings are imported.

import { PassThrough } from "node:stream";
import { config } from "rxjs";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  emptyState,
  evolveBatch,
  openTimeline,
  type Batch,
  type LiveUpdate,
  type Timeline,
} from "../../src/index.js";
import { valueOf } from "../support/content.js";
import { byCpu, textOf } from "../support/cut-up.js";
import { largeTrace } from "../support/large.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines, shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";

async function opened(): Promise<{ timeline: Timeline; updates: LiveUpdate[] }> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const updates: LiveUpdate[] = [];
  timeline.live().subscribe((update) => updates.push(update));
  return { timeline, updates };
}

function kindsOf(updates: readonly LiveUpdate[]): readonly string[] {
  const kinds = updates.map(({ kind }) => kind);
  return kinds.filter((kind, i) => kind !== "batch" || kinds[i - 1] !== "batch");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("whoever follows imports is told", () => {
  test("of nothing, where what was imported last is dropped, and then of the next import", async () => {
    const { timeline, updates: all } = await opened();
    const { recording_id } = await timeline.import(shippedPath(NAME));
    await timeline.drop(recording_id);
    const [updates, errors]: [LiveUpdate[], unknown[]] = [[], []];
    timeline.live().subscribe({
      next: (update) => updates.push(update),
      error: (error) => errors.push(error),
    });
    expect([updates, errors]).toEqual([[], []]);
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    expect(kindsOf(updates)).toEqual(["began", "batch", "complete"]);
    expect(kindsOf(all)).toEqual([...kindsOf(updates), ...kindsOf(updates)]);
    timeline.close();
  });

  test("of each recording that it begins, its batches, and that it is complete", async () => {
    const { timeline, updates } = await opened();
    await timeline.import(shippedPath(NAME));
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    const whole = ["began", "batch", "complete"];
    expect(kindsOf(updates)).toEqual([...whole, ...whole]);
    const [first, ...rest] = updates.filter(({ kind }) => kind === "began");
    expect(first).toMatchObject({ recording_id: 1, seq: null, recording: { rules_read: "6.17" } });
    expect(rest).toMatchObject([{ recording_id: 2, seq: null, recording: { rules_read: "6.16" } }]);
    for (const update of updates.filter(({ kind }) => kind === "began"))
      expect(update).toMatchObject({ state: { kvm: { vcpus: new Map() } } });
    timeline.close();
  });

  test("that the rules of a recording are not known, where nothing tells them", async () => {
    const { timeline, updates } = await opened();
    await timeline.import(Buffer.from("# tracer: nop\n#\n a-1 [000] d..1. 5.000001: foo: bar\n"));
    expect(updates[0]).toMatchObject({ kind: "began", recording: { rules_read: null } });
    timeline.close();
  });

  test("one state for each batch, that of all its events, and once it is committed", async () => {
    const { timeline, updates } = await opened();
    const batches: Batch[] = [];
    timeline.batches.subscribe((batch) => batches.push(batch));
    let isCommitted = true;
    timeline.live().subscribe((update) => {
      if (update.kind !== "batch" || update.seq === null) return;
      // As another process sees it.
      const last = Number(valueOf(timeline.file, "SELECT max(seq) FROM event"));
      isCommitted &&= last >= update.seq;
    });
    await timeline.import(scratch.file(".txt", largeTrace()));
    const told = updates.filter((update) => update.kind === "batch");
    expect(told.length).toBeGreaterThan(4);
    expect(told.map(({ seq }) => seq)).toEqual(batches.map((batch) => batch.at(-1)?.seq));
    expect(told.map(({ from_seq }) => from_seq)).toEqual(batches.map((batch) => batch[0]?.seq));
    for (const i of [0, 2, told.length - 1]) {
      const events = batches.slice(0, i + 1).flat();
      expect(told[i]?.state).toEqual(evolveBatch(emptyState("6.17", true), events));
    }
    expect(isCommitted).toBe(true);
    expect(updates.at(-1)).toMatchObject({
      kind: "complete",
      state: timeline.recording().stateAt(),
    });
    timeline.close();
  });

  test("at once where things stand, if he comes later", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const early: LiveUpdate[] = [];
    timeline.live().subscribe((update) => early.push(update));
    expect(early).toEqual([]);
    await timeline.import(shippedPath(NAME));
    const late: LiveUpdate[] = [];
    timeline.live().subscribe((update) => late.push(update));
    expect(late).toMatchObject([
      { kind: "complete", recording_id: 1, state: timeline.recording().stateAt() },
    ]);
    timeline.close();
    expect(late).toHaveLength(1);
  });

  test("names for all that the state has", async () => {
    const { timeline, updates } = await opened();
    await timeline.import(shippedPath(NAME));
    const last = updates.findLast((update) => update.kind === "batch");
    expect(last).toBeDefined();
    if (last === undefined) return;
    const { names, state, seq } = last;
    const document = timeline.recording(last.recording_id).at({ when: `@${seq ?? 0}` });
    expect([...state.iommu.irtes.keys()].map((key) => names.irte(key))).toEqual(
      document.irtes.map(({ irte }) => irte),
    );
    expect([...state.kvm.vcpus.keys()].map((row) => names.vcpu(row)).sort()).toEqual(
      document.vcpus.map(({ vcpu }) => vcpu).sort(),
    );
    expect([...state.kvm.vms.keys()].map((row) => names.vm(row))).toEqual(
      document.vms.map(({ vm }) => vm),
    );
    expect([...state.iommu.irtes.values()].map(({ cause }) => names.cause(cause))).toEqual(
      document.irtes.map(({ cause }) => cause),
    );
    expect(names.inhibits(0b101)).toHaveLength(2);
    expect([names.vm(99), names.vcpu(99), names.cause(null)]).toEqual([null, null, null]);
    timeline.close();
  });
});

describe("what is rolled back is announced", () => {
  test("if the import fails or is stopped", async () => {
    const { timeline, updates } = await opened();
    const stream = new PassThrough();
    stream.write(Buffer.from(shippedText(NAME), "latin1"));
    const controller = new AbortController();
    const running = timeline.import(stream, { signal: controller.signal });
    await pause(1400);
    expect(kindsOf(updates)).toEqual(["began", "batch"]);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(updates.at(-1)).toEqual({ kind: "rolled_back", recording_id: 1, why: "ERR_ABORTED" });
    expect(timeline.recordings()).toEqual([]);
    timeline.close();
  });

  test("if the recording is read anew in the order of time", async () => {
    const { timeline, updates } = await opened();
    await timeline.import(scratch.file(".txt", textOf(byCpu(shippedLines(NAME)))));
    expect(updates).toContainEqual({ kind: "rolled_back", recording_id: 1, why: "order" });
    expect(kindsOf(updates).slice(-3)).toEqual(["began", "batch", "complete"]);
    expect(updates.at(-1)).toMatchObject({ state: timeline.recording().stateAt() });
    timeline.close();
  });

  test("if a stream turns out to be a recording that is there", async () => {
    const { timeline, updates } = await opened();
    const bytes = Buffer.from(shippedText(NAME), "latin1");
    await timeline.import(bytes);
    const stream = new PassThrough();
    stream.end(bytes);
    const again = await timeline.import(stream);
    expect(again).toMatchObject({ recording_id: 1, already_imported: true });
    expect(updates.at(-1)).toEqual({ kind: "rolled_back", recording_id: 2, why: "known" });
    timeline.close();
  });

  test("if later lines tell more of the kernel", async () => {
    const { timeline, updates } = await opened();
    const lines = shippedLines(NAME).filter((line) => !/\b6\.17\.\d+-/.test(line));
    const stream = new PassThrough();
    const running = timeline.import(stream);
    stream.write(Buffer.from(textOf(lines.slice(0, 30)), "latin1"));
    await pause(1400);
    stream.end(Buffer.from(textOf(lines.slice(30)), "latin1"));
    await running;
    expect(kindsOf(updates)).toContain("rolled_back");
    expect(updates).toContainEqual({ kind: "rolled_back", recording_id: 1, why: "sniffed" });
    expect(updates.at(-1)).toMatchObject({
      kind: "complete",
      state: timeline.recording().stateAt(),
    });
    timeline.close();
  });
});

describe("a subscriber", () => {
  afterEach(() => {
    config.onUnhandledError = null;
    vi.restoreAllMocks();
  });

  test("that throws is told of no more, and the import and the others go on", async () => {
    const errors: unknown[] = [];
    config.onUnhandledError = (error) => errors.push(error);
    const { timeline, updates } = await opened();
    timeline.live().subscribe(() => {
      throw new Error("of the dashboard");
    });
    await timeline.import(shippedPath(NAME));
    await pause(0);
    expect(errors.length).toBeGreaterThan(0);
    expect(String(errors[0])).toContain("of the dashboard");
    expect(kindsOf(updates)).toEqual(["began", "batch", "complete"]);
    expect(timeline.verify().verdict).toBe("intact");
    timeline.close();
  });

  test("that is slow holds the import back, and misses nothing", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const seqs: (number | null)[] = [];
    timeline.live().subscribe((update) => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      if (update.kind === "batch") seqs.push(update.from_seq, update.seq);
    });
    await timeline.import(scratch.file(".txt", largeTrace()));
    expect(seqs[0]).toBe(1);
    expect(seqs.at(-1)).toBe(timeline.recording().last_seq);
    for (let i = 2; i < seqs.length; i += 2) expect(seqs[i]).toBe((seqs[i - 1] ?? 0) + 1);
    timeline.close();
  });

  test("that stops the import from its own call gets no more of it", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const controller = new AbortController();
    const kinds: string[] = [];
    timeline.live().subscribe(({ kind }) => {
      kinds.push(kind);
      if (kind === "batch") controller.abort();
    });
    const path = scratch.file(".txt", largeTrace());
    await expect(timeline.import(path, { signal: controller.signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(kinds.at(-1)).toBe("rolled_back");
    timeline.close();
  });
});

test("what a callback of an import throws does not touch the import", async () => {
  const thrown: unknown[] = [];
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((call: () => void) => {
    try {
      call();
    } catch (error) {
      thrown.push(error);
    }
    return 0;
  }) as unknown as typeof setTimeout);
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const fail = (): never => {
    throw new Error("of the caller");
  };
  const result = await timeline.import(shippedPath(NAME), { onBatch: fail, onProgress: fail });
  vi.restoreAllMocks();
  expect(result.lines.events).toBeGreaterThan(500);
  expect(thrown.map(String)).toContain("Error: of the caller");
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
});
