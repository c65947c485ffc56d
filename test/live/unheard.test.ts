// `live()` costs an import nothing that nobody follows, and who comes late misses no state.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type LiveUpdate } from "../../src/index.js";
import { largeTrace } from "../support/large.js";
import { Operations } from "../support/operations.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();
const operations = new Operations();

beforeAll(async () => {
  await operations.begin();
});
afterAll(async () => {
  await operations.end();
});

/** How often the whole state was copied. */
async function copies(): Promise<number> {
  const counts = await operations.taken();
  return counts.get("domain/fold/folding copyOf") ?? 0;
}

test("an import that nobody follows copies the state once, however many batches it has", async () => {
  const { openTimeline } = await import("../../src/index.js");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await copies();
  await timeline.import(scratch.file(".txt", largeTrace()));
  expect(timeline.recording().last_seq).toBeGreaterThan(4 * 4096);
  expect(await copies()).toBe(1);
  const updates: LiveUpdate[] = [];
  const following = timeline.live().subscribe((update) => updates.push(update));
  await timeline.import(
    scratch.file(".txt", Buffer.concat([largeTrace(), Buffer.from("# end\n")])),
  );
  expect(await copies()).toBeGreaterThan(4);
  following.unsubscribe();
  timeline.close();
});

test("who begins to follow within an import gets the state of the last commit", async () => {
  const { openTimeline } = await import("../../src/index.js");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const late: LiveUpdate[] = [];
  const importing = timeline.import(scratch.file(".txt", largeTrace()), {
    onProgress: ({ events }) => {
      if (events > 2 * 4096 && late.length === 0)
        timeline.live().subscribe((update) => late.push(update));
    },
  });
  await importing;
  const [first] = late;
  expect(late.length).toBeGreaterThan(2);
  expect(first).toMatchObject({ kind: "batch" });
  for (const update of late) {
    if (update.kind === "rolled_back" || update.seq === null) continue;
    const state = timeline.recording().stateAt({ when: { seq: update.seq } });
    expect(update.state).toEqual(state);
  }
  timeline.close();
});

test("who waits for the next recording to begin is no listener of what follows", async () => {
  const { openTimeline } = await import("../../src/index.js");
  const { nextBegun } = await import("../../src/cli/finding-watch.js");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const { signal } = new AbortController();
  const begun = nextBegun(timeline, signal);
  await copies();
  await timeline.import(scratch.file(".txt", largeTrace()));
  expect(await begun).toBe(1);
  expect(await copies()).toBeLessThan(4);
  timeline.close();
});
