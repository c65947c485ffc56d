// Flips bits of trace.dat files: every byte of small ones, one after another, and random bits of a large one, which is
// imported whole, by a process that is watched.

import { statSync } from "node:fs";
import { randomOf } from "../support/random.js";
import { shippedLines } from "../support/shipped.js";
import { readDamaged, REFUSAL } from "../support/trace-dat/damaged.js";
import { traceDat } from "../support/trace-dat/index.js";
import type { Flip, Flipped } from "./flipped-import.js";
import { WatchedProcess } from "./watched-process.js";

const SMALL_LINES = 24;
const SLOW_MS = 20_000;
/** An import of a damaged file that holds more holds too much: the whole one takes a fifth of that. */
const MEMORY_BYTES_MAX = 1e9;
/** What takes longer hangs. */
const HANG_MS = 120_000;

interface Account {
  flips: number;
  refused: number;
  slowest: number;
  memory: number;
  readonly bad: string[];
}

/** Flips every byte of small files that are made. */
export function soakSmallTraceDat(): void {
  const text = shippedLines("6.17-s1-one").slice(0, SMALL_LINES).join("\n");
  for (const version of [6, 7] as const)
    for (const compression of ["none", "zlib", "zstd"] as const) {
      if (version === 6 && compression !== "none") continue;
      const bytes = traceDat(text, { version, compression, clock: "x86-tsc", release: "6.17.13" });
      const account = newAccount();
      for (let at = 0; at < bytes.length; at++) flip(bytes, at, 0xff, account);
      say(`version ${version}, ${compression}, each of ${bytes.length} bytes`, account);
    }
}

/** Flips one random bit of a file `runs` times, and imports it: run `i` is decided by `seed` + `i` alone. */
export async function soakTraceDat(file: string, runs: number, seed: number): Promise<void> {
  const { size } = statSync(file);
  const account = newAccount();
  const program = new URL("flipped-import.ts", import.meta.url);
  const importer = new WatchedProcess<Flip, Flipped>(program, file);
  for (let i = 0; i < runs; i++) {
    const random = randomOf(seed + i);
    const flip = { at: Math.floor(random() * size), mask: 1 << Math.floor(random() * 8) };
    const began = performance.now();
    const outcome = await importer.ask(flip, HANG_MS);
    const bad = account.bad.length;
    note(account, `byte ${flip.at} ^ ${flip.mask}`, outcome, performance.now() - began);
    for (const each of account.bad.slice(bad)) console.log(`--seed ${seed + i} --runs 1: ${each}`);
    if (i % 1000 === 999) say(`${file}, seed ${seed}, so far`, account);
  }
  importer.close();
  say(`${file}, seed ${seed}`, account);
}

/** `outcome`: a text = the process ended, or hangs. */
function note(account: Account, what: string, outcome: Flipped | string, ms: number): void {
  account.flips++;
  account.slowest = Math.max(account.slowest, ms);
  if (typeof outcome === "string") {
    account.bad.push(`${what}: ${outcome}`);
    return;
  }
  const { refused, addsUp, thrown, memory } = outcome;
  account.memory = Math.max(account.memory, memory);
  if (refused !== null) account.refused++;
  if (refused !== null && !REFUSAL.test(refused)) account.bad.push(`${what}: ${refused}`);
  if (!addsUp) account.bad.push(`${what}: the counts of lines do not add up`);
  if (thrown !== null) account.bad.push(`${what}: ${thrown}`);
  if (memory > MEMORY_BYTES_MAX)
    account.bad.push(`${what}: ${Math.round(memory / 1e6)} MB are held`);
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
