// Lists in shared pages hold what a writer of each list alone holds.

import { afterEach, describe, expect, test } from "vitest";
import { OverflowFile } from "../../../src/timeline/store/overflow-file.js";
import {
  BLOCK_BYTES,
  VarintLists,
  type Overflow,
} from "../../../src/domain/values/varint-lists.js";
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

describe("what is in long lists goes to a file", () => {
  const files: OverflowFile[] = [];
  const newFile = (): OverflowFile => {
    const file = new OverflowFile();
    files.push(file);
    return file;
  };
  afterEach(() => {
    for (const file of files.splice(0)) file.close();
  });

  /** Lists of all lengths that grow in turns, each beside a writer of its own. */
  function grow(lists: VarintLists, rounds: number): VarintWriter[] {
    const writers = Array.from({ length: 9 }, () => new VarintWriter());
    while (lists.count < writers.length) lists.make();
    for (let round = 0; round < rounds; round++)
      for (const [list, writer] of writers.entries()) {
        if (round % (list + 1) !== 0) continue;
        const value = NUMBERS[(list + round) % NUMBERS.length] ?? 0;
        lists.putSigned(list, value);
        writer.putSigned(value);
      }
    return writers;
  }

  test.each([1, 2000, 30_000])("%i numbers are those of the writers", (rounds) => {
    const lists = new VarintLists(newFile());
    const writers = grow(lists, rounds);
    for (const [list, writer] of writers.entries())
      expect(Buffer.compare(lists.written(list), writer.written)).toBe(0);
  });

  test("one that is read when a block is just full goes on", () => {
    const lists = new VarintLists(newFile());
    const list = lists.make();
    for (let i = 0; i < 3 * BLOCK_BYTES; i++) {
      lists.put(list, i % 128);
      if (i % BLOCK_BYTES < BLOCK_BYTES - 1) continue;
      expect(lists.written(list)).toEqual(Uint8Array.from({ length: i + 1 }, (_n, at) => at % 128));
    }
  });

  test("where there is no more room, what comes stays in memory", () => {
    const file = newFile();
    let left = 3;
    const full: Overflow = {
      put: (block) => left-- > 0 && file.put(block),
      read: (place, into) => {
        file.read(place, into);
      },
    };
    const lists = new VarintLists(full);
    for (const [list, writer] of grow(lists, 30_000).entries())
      expect(Buffer.compare(lists.written(list), writer.written)).toBe(0);
    expect(left).toBe(-1);
  });

  test("lists that are eight times as long take no more memory", () => {
    const held = [100_000, 800_000].map((rounds) => {
      const lists = new VarintLists(newFile());
      grow(lists, rounds);
      return lists.bytesHeld;
    });
    expect(held[1]).toBe(held[0]);
  });
});
