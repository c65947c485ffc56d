// Flips bytes of trace.dat files: every byte of small ones, one after another, and random ones of a large one.

import { readFileSync } from "node:fs";
import { randomOf } from "../support/random.js";
import { shippedLines } from "../support/shipped.js";
import { readDamaged, REFUSAL } from "../support/trace-dat/damaged.js";
import { traceDat } from "../support/trace-dat/index.js";

const SMALL_LINES = 24;
const SLOW_MS = 20_000;

interface Account {
  flips: number;
  refused: number;
  slowest: number;
  memory: number;
  readonly bad: string[];
}

/** Flips every byte of small files that are made, and `runs` random bits of `file`; empty = of none. */
export function soakTraceDat(file: string, runs: number, seed: number): void {
  const text = shippedLines("6.17-s1-one").slice(0, SMALL_LINES).join("\n");
  for (const version of [6, 7] as const)
    for (const compression of ["none", "zlib", "zstd"] as const) {
      if (version === 6 && compression !== "none") continue;
      const bytes = traceDat(text, { version, compression, clock: "x86-tsc", release: "6.17.13" });
      const account = newAccount();
      for (let at = 0; at < bytes.length; at++) flip(bytes, at, 0xff, account);
      say(`version ${version}, ${compression}, each of ${bytes.length} bytes`, account);
    }
  if (file === "") return;
  const bytes = readFileSync(file);
  const random = randomOf(seed);
  const account = newAccount();
  for (let i = 0; i < runs; i++)
    flip(bytes, Math.floor(random() * bytes.length), 1 << Math.floor(random() * 8), account);
  say(`${file}, seed ${seed}`, account);
}

function newAccount(): Account {
  return { flips: 0, refused: 0, slowest: 0, memory: 0, bad: [] };
}

function flip(bytes: Buffer, at: number, mask: number, account: Account): void {
  const byte = bytes[at] ?? 0;
  bytes[at] = byte ^ mask;
  const began = performance.now();
  try {
    const { refused, addsUp } = readDamaged(bytes);
    if (refused !== null) account.refused++;
    if (refused !== null && !REFUSAL.test(refused)) account.bad.push(`byte ${at}: ${refused}`);
    if (!addsUp) account.bad.push(`byte ${at}: the counts of records do not add up`);
  } catch (error) {
    account.bad.push(
      `byte ${at} ^ ${mask}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`,
    );
  }
  bytes[at] = byte;
  const ms = performance.now() - began;
  if (ms > SLOW_MS) account.bad.push(`byte ${at} ^ ${mask}: took ${Math.round(ms)} ms`);
  account.flips++;
  account.slowest = Math.max(account.slowest, ms);
  account.memory = Math.max(account.memory, process.memoryUsage().rss);
}

function say(what: string, { flips, refused, slowest, memory, bad }: Account): void {
  console.log(
    `${what}: ${flips} flips, ${refused} refused, slowest ${Math.round(slowest)} ms, ` +
      `memory ${Math.round(memory / 1e6)} MB, bad ${bad.length}`,
  );
  for (const each of bad.slice(0, 10)) console.log(`  ${each}`);
  if (bad.length > 0) process.exitCode = 1;
}
