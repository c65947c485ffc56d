// Lists in shared pages hold what a writer of each list alone holds.

import { expect, test } from "vitest";
import { VarintLists } from "../../../src/domain/values/varint-lists.js";
import { VarintWriter } from "../../../src/domain/values/varints.js";

const NUMBERS = [0, 1, -1, 127, 128, -300, 2 ** 31, -(2 ** 31), 2 ** 40 + 3, 2 ** 51];

test("many lists that grow in turns have the bytes of writers of their own", () => {
  const lists = new VarintLists();
  const writers: VarintWriter[] = [];
  for (let round = 0; round < 40; round++) {
    writers.push(new VarintWriter(), new VarintWriter(), new VarintWriter());
    while (lists.count < writers.length) lists.make();
    for (const [list, writer] of writers.entries()) {
      const value = NUMBERS[(list * 7 + round) % NUMBERS.length] ?? 0;
      // Some stay empty, and some become long.
      for (let i = 0; i < (list % 5) * round; i++) {
        lists.putSigned(list, value + i);
        writer.putSigned(value + i);
      }
    }
  }
  for (const [list, writer] of writers.entries())
    expect(lists.written(list)).toEqual(Uint8Array.from(writer.written));
});

test("a list longer than a page goes on in the next", () => {
  const lists = new VarintLists();
  const writer = new VarintWriter();
  const [long, short] = [lists.make(), lists.make()];
  for (let i = 0; i < 600_000; i++) {
    lists.put(long, i % 5000);
    writer.put(i % 5000);
    if (i % 100_000 === 0) lists.put(short, i);
  }
  expect(writer.written.length).toBeGreaterThan(2 ** 20);
  expect(Buffer.compare(lists.written(long), writer.written)).toBe(0);
  expect(lists.written(short).length).toBeGreaterThan(6);
});
