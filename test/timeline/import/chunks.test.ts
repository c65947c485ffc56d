// Chunks on their way into an import.

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { paced } from "../../../src/timeline/import/chunks.js";

test("whoever stops reading at a pause is not told how the source ends", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  let fail: (reason: Error) => void = () => undefined;
  async function* source(): AsyncGenerator<Buffer> {
    yield Buffer.from("a line\n");
    await new Promise((_, reject) => (fail = reject));
  }
  const given: (Buffer | null)[] = [];
  for await (const chunk of paced(source(), 1)) {
    given.push(chunk);
    if (chunk === null) break;
    // Longer than the pace, so that the source is not waited for before the pause is told.
    await pause(20);
  }
  fail(new Error("the cable is out"));
  await pause(10);
  process.off("unhandledRejection", note);
  expect(given).toEqual([Buffer.from("a line\n"), null]);
  expect(unhandled).toEqual([]);
});
