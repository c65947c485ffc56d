// The last step of the build: runs what users run most, and keeps what V8 compiled for it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { CompiledProgram, PROGRAMS, cacheOf, type ProgramName } from "./program.js";

const TRACE = join(__dirname, "../../data/6.17-s1-one.txt.gz");

/** What users run most. */
const USUAL = [["import", TRACE], ["check"], ["info"], ["at", "end"], ["log"]];

async function warmUp(program: CompiledProgram, folder: string): Promise<void> {
  const { runProgram } = program.load();
  const db = join(folder, "warm-up.db");
  for (const argv of USUAL) await runProgram([...argv, "--db", db]);
}

async function write(name: ProgramName): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-"));
  try {
    const program = new CompiledProgram(__dirname, name);
    await warmUp(program, folder);
    // An import has set how far the heap grows (cli/small-heap.ts), and V8 takes no cache that was made with other flags.
    setFlagsFromString("--heap-growing-percent=0");
    writeFileSync(join(__dirname, cacheOf(name)), program.script.createCachedData());
    process.exitCode = 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  for (const name of Object.values(PROGRAMS)) await write(name);
}

void main();
