// Intervals on their way to their tables: none is handed over twice, none is lost, and none that has ended waits.

import { expect, test } from "vitest";
import { Track } from "../../src/projections/intervals.js";
import { event } from "../support/twin-event.js";

const at = (seq: number) => event("vcpu_loaded", { seq });
const newTrack = () => new Track<string, number>((a, b) => a === b);

test("an interval that has ended is handed over with its batch, and one that goes on at the transaction", () => {
  const track = newTrack();
  track.change("a", 1, at(1));
  track.change("a", 2, at(2));
  track.change("b", 3, at(3));
  const batch = track.drainEnded();
  expect(batch.opened.map(({ value, to }) => [value, to?.seq])).toEqual([[1, 2]]);
  expect(batch.ended.map(({ value }) => value)).toEqual([1]);
  expect(batch.closed).toEqual([]);
  const rest = track.drain();
  expect(rest.opened.map(({ value, to }) => [value, to])).toEqual([
    [2, null],
    [3, null],
  ]);
  expect(rest.ended).toEqual([]);
});

test("the end of an interval that was handed over while it went on is handed over with its batch", () => {
  const track = newTrack();
  track.change("a", 1, at(1));
  track.drain();
  track.change("a", undefined, at(2));
  const { opened, closed } = track.drainEnded();
  expect(opened).toEqual([]);
  expect(closed.map(({ value, to }) => [value, to?.seq])).toEqual([[1, 2]]);
  expect(track.drain()).toEqual({ opened: [], closed: [], ended: [] });
});

test.each([10, 1000])("of %i batches only what goes on waits for the transaction", (batches) => {
  const track = newTrack();
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < 10; i++) track.change("a", 10 * batch + i, at(10 * batch + i + 1));
    track.drainEnded();
  }
  expect(track.drain().opened).toHaveLength(1);
});
