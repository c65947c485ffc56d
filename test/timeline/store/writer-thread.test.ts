// The thread that runs transactions, where it fails.

import { expect, test } from "vitest";
import { openForWriting } from "../../../src/timeline/open/open.js";
import { WriterThread } from "../../../src/timeline/store/writer-thread.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();

test("a thread that does not answer in time is given up, and nobody waits for it once more", async () => {
  const sqlite = await openForWriting(scratch.path(".db"));
  const thread = new WriterThread();
  const notInTime = "the thread that writes the timeline does not answer";
  expect(() => {
    thread.open({ file: sqlite.name, pragmas: [], attached: [] }, 0);
  }).toThrow(notInTime);
  expect(() => {
    thread.settle();
  }).toThrow(notInTime);
  thread.close();
  sqlite.close();
});

test("what SQLite says when the thread opens a file is thrown with its code", () => {
  const thread = new WriterThread();
  expect(() => {
    thread.open({ file: scratch.path(".db"), pragmas: [], attached: [] });
  }).toThrow(expect.objectContaining({ code: "SQLITE_CANTOPEN" }));
  thread.close();
});
