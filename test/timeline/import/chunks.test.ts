// Chunks of a source that pauses.

import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { paced } from "../../../src/timeline/import/chunks.js";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};
let others: NodeJS.UnhandledRejectionListener[] = [];

beforeEach(() => {
  unhandled.length = 0;
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
});

afterEach(() => {
  process.removeListener("unhandledRejection", note);
  for (const other of others) process.on("unhandledRejection", other);
});

test("a source that fails after the reader gave up at a pause harms nobody", async () => {
  let fail: (error: Error) => void = () => undefined;
  async function* source(): AsyncGenerator<Buffer> {
    yield Buffer.from("a line\n");
    await new Promise((_resolve, reject) => {
      fail = reject;
    });
  }
  const seen: (string | null)[] = [];
  for await (const chunk of paced(source(), 1)) {
    seen.push(chunk?.toString() ?? null);
    if (chunk === null) break;
    // So long that the null is due before anything is waited for.
    await pause(5);
  }
  expect(seen).toEqual(["a line\n", null]);
  fail(new Error("closed"));
  await pause(5);
  expect(unhandled).toEqual([]);
});
