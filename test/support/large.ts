// A recording that takes long enough to import that it can be interrupted.

import { shippedLines } from "./shipped.js";

const STAMP = / (\d+): /;

/**
 * 67,000 lines: a shipped recording nine times, or another number of times, one after the other. Each starts where the
 * one before ended, so time does not go back; its VMs come and go again under the same addresses.
 */
export function largeTrace(times = 9): Buffer {
  const lines = shippedLines("6.17-x-uaf-crash");
  const header = lines.filter((line) => line.startsWith("#"));
  const events = lines.filter((line) => !line.startsWith("#"));
  const stampOf = (line: string | undefined): bigint => BigInt(STAMP.exec(line ?? "")?.[1] ?? 0);
  const span = stampOf(events.at(-1)) - stampOf(events[0]) + 1n;
  const repeats = Array.from({ length: times }, (_, i) =>
    events.map((line) =>
      line.replace(STAMP, (_all, ticks: string) => ` ${BigInt(ticks) + BigInt(i) * span}: `),
    ),
  );
  return Buffer.from(`${[...header, ...repeats.flat()].join("\n")}\n`, "latin1");
}
