// A source is read ahead of its reader, in its order, up to a bound.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { readAhead } from "../../src/cli/read-ahead.js";

async function* counted(count: number, given: { count: number }): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    await Promise.resolve();
    given.count++;
    yield Buffer.from([i]);
  }
}

test("all comes once and in order, and no more than the bound ahead", async () => {
  const given = { count: 0 };
  const read: number[] = [];
  for await (const [byte] of readAhead(counted(200, given), 8)) {
    read.push(byte ?? -1);
    if (read.length === 3) {
      // While the reader does something else, the source is read on.
      await sleep(20);
      expect(given.count).toBeGreaterThan(8);
    }
    expect(given.count - read.length).toBeLessThan(11);
  }
  expect(read).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test("what the source throws is thrown behind what it gave", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from("a"));
    throw new Error("gone");
  }
  const read: string[] = [];
  const reading = (async () => {
    for await (const chunk of readAhead(failing())) {
      await sleep(5);
      read.push(Buffer.from(chunk).toString());
    }
  })();
  await expect(reading).rejects.toThrow("gone");
  expect(read).toEqual(["a"]);
});

test("a reader that leaves ends the source", async () => {
  const given = { count: 0 };
  for await (const chunk of readAhead(counted(1000, given), 4)) {
    expect(chunk.length).toBe(1);
    break;
  }
  await sleep(20);
  expect(given.count).toBeLessThan(12);
});
