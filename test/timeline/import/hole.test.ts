// A text that begins with bytes of zero: its file was cut off (copytruncate) under a writer that goes on at its old place.

import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const TEXT = `${shippedLines("6.17-s1-one").slice(0, 900).join("\n")}\n`;
/** More than what a recording is judged by. */
const HOLE = Buffer.alloc(5 * 1024 * 1024);
const EVENTS = "SELECT line, time_ns, cpu, comm, kind, irte FROM v_event ORDER BY seq";

async function eventsOf(source: string | Buffer | Readable): Promise<unknown> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const result = await timeline.import(source);
  timeline.close();
  return {
    lines: result.lines,
    events: rowsOf(timeline.file, EVENTS),
  };
}

test("is read from behind them, as a file, as bytes and as a stream", async () => {
  const text = Buffer.from(TEXT, "latin1");
  const cutOff = Buffer.concat([HOLE, text]);
  const wanted = await eventsOf(text);
  expect(await eventsOf(cutOff)).toEqual(wanted);
  expect(await eventsOf(scratch.file(".txt", cutOff))).toEqual(wanted);
  const parts = [HOLE.subarray(0, 1000), cutOff.subarray(1000, 300_000), cutOff.subarray(300_000)];
  expect(await eventsOf(Readable.from(parts))).toEqual(wanted);
});
