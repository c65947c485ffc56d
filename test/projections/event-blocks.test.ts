// Where the events of each subject are, in memory that does not grow with the subjects.

import { expect, test } from "vitest";
import { BLOCK_EVENTS, EventBlocks } from "../../src/projections/event-blocks.js";
import { VarintReader } from "../../src/domain/values/varints.js";
import { event } from "../support/twin-event.js";

/** Each task prints two events and no more, but for the first one, which prints now and then. */
function noted(events: number): EventBlocks {
  const blocks = new EventBlocks();
  for (let seq = 1; seq <= events; seq++) {
    const task = seq % 1000 === 0 ? 1 : 1 + Math.floor(seq / 2);
    blocks.take([event("vcpu_loaded", { seq, task })]);
  }
  return blocks;
}

test("of eight times as many subjects no more are held", () => {
  const [few, many] = [noted(2 * BLOCK_EVENTS), noted(16 * BLOCK_EVENTS)];
  expect(few.subjectsHeld).toBeLessThan(BLOCK_EVENTS);
  expect(many.subjectsHeld).toBeLessThanOrEqual(few.subjectsHeld);
});

test("a subject that comes back has the blocks that it is in", () => {
  const packs = [...noted(3 * BLOCK_EVENTS).finished()];
  const first = packs.find(({ kind, subject }) => kind === "task_blocks" && subject === 1);
  const read = new VarintReader(first?.numbers ?? new Uint8Array(0));
  // How many blocks stand before each, since the last.
  expect([read.get(), read.get(), read.get(), read.isDone]).toEqual([0, 0, 0, true]);
});
