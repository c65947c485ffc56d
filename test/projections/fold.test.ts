import { Subject } from "rxjs";
import { describe, expect, test } from "vitest";
import {
  emptyState,
  evolveBatch,
  liveState,
  openTimeline,
  type Batch,
  type TwinState,
} from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { largeTrace } from "../support/large.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();

/** Events of one small batch. */
const EVENTS = 500;

/** What `liveState` emits while a shipped recording is imported, and the batches of that import. */
async function followed(
  path: string,
  from: TwinState,
): Promise<{ batches: readonly Batch[]; states: readonly TwinState[]; last: TwinState }> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  try {
    const batches: Batch[] = [];
    const states: TwinState[] = [];
    timeline.batches.subscribe((batch) => batches.push(batch));
    liveState(timeline.batches, from).subscribe((state) => states.push(state));
    await timeline.import(path);
    return { batches, states, last: timeline.recording().stateAt() };
  } finally {
    timeline.close();
  }
}

describe.each([
  ["6.17-s1-one", shippedPath("6.17-s1-one"), 1],
  ["6.17-x-uaf-crash", shippedPath("6.17-x-uaf-crash"), 1],
  ["6.17-x-uaf-crash nine times over", scratch.file(".txt", largeTrace()), 5],
] as const)("the live state while %s is imported", (_name, path, batchesMin) => {
  const start = emptyState("6.17");
  const run = followed(path, start);

  test("comes at once, and then once for each batch", async () => {
    const { batches, states } = await run;
    expect(batches.length).toBeGreaterThanOrEqual(batchesMin);
    expect(states).toHaveLength(1 + batches.length);
    expect(states[0]).toBe(start);
  });

  test("is always the fold of all events so far, IRTEs and VMs of the same moment", async () => {
    const { batches, states } = await run;
    for (let i = 1; i < states.length; i++)
      expect(states[i]).toEqual(evolveBatch(start, batches.slice(0, i).flat()));
  });

  test("does both for batches of any size", async () => {
    const events = (await run).batches.flat();
    const subject = new Subject<Batch>();
    const states: TwinState[] = [];
    liveState(subject, start).subscribe((state) => states.push(state));
    let expected = start;
    for (let i = 0; i < events.length; i += EVENTS) {
      const batch = events.slice(i, i + EVENTS);
      subject.next(batch);
      expected = evolveBatch(expected, batch);
      expect(states.splice(0)).toEqual(i === 0 ? [start, expected] : [expected]);
    }
  });

  test("ends as the state that the timeline gives for the end", async () => {
    const { states, last } = await run;
    expect(states.at(-1)).toEqual(last);
  });
});

test("the live state of a subscriber that comes between two imports begins where it says", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  try {
    await timeline.import(shippedPath("6.17-s1-one"));
    const states: TwinState[] = [];
    const start = emptyState("6.16");
    liveState(timeline.batches, start).subscribe((state) => states.push(state));
    expect(states).toEqual([start]);
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    expect(states.at(-1)).toEqual(timeline.recording().stateAt());
  } finally {
    timeline.close();
  }
});
