// A recording that is a part of a source that goes on says which, and a file is read on from where a part ended.

import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { growing, openTimeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const PART = { from_byte: 10, to_byte: 2000, tail_sha256: "ab".repeat(32) };

test("a part is kept once the recording is complete, and asked for then alone", async () => {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  let isRead = false;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(shippedText("6.17-s1-one"), "latin1"));
    isRead = true;
  }
  const part = (): typeof PART => {
    expect(isRead).toBe(true);
    return PART;
  };
  await timeline.import(bytes(), { part });
  await timeline.import(shippedPath("7.3-s2-two"));
  expect(timeline.recording(1).part).toMatchObject(PART);
  expect(timeline.recording(1).part?.ended_at).toMatch(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(timeline.recording(1).part?.age_seconds).toBeLessThan(60);
  expect(timeline.recording(2).part).toBeNull();
  // What a part is, is still known when it was dropped: the next one begins there.
  await timeline.drop(1);
  expect(timeline.recordings()[0]?.part).toMatchObject(PART);
  timeline.close();
});

test("a part that cannot be told stores nothing", async () => {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  const importing = timeline.import(shippedPath("6.17-s1-one"), {
    part: () => {
      throw new Error("not known");
    },
  });
  await expect(importing).rejects.toThrow("not known");
  timeline.close();
  expect(rowsOf(db, "SELECT id FROM recording")).toEqual([]);
  expect(rowsOf(db, "SELECT recording_id FROM recording_part")).toEqual([]);
});

test("a file that grows is read from a byte on; what takes its name from its beginning", async () => {
  const file = scratch.file(".txt", "one\ntwo\nthree\n");
  const end = new AbortController();
  const read: string[] = [];
  for await (const { chunks } of growing(file, { fromByte: 4, signal: end.signal, everyMs: 5 })) {
    for await (const chunk of chunks) {
      read.push(Buffer.from(chunk).toString());
      if (read.length === 1) appendFileSync(file, "four\n");
      else end.abort();
    }
  }
  expect(read.join("")).toBe("two\nthree\nfour\n");
});
