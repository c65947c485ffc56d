// The last step of the build: runs what users run most, and keeps what V8 compiled for it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CACHE, CompiledProgram } from "./program.js";

const TRACE = join(__dirname, "../../data/6.17-s1-one.txt.gz");

async function warmUp(program: CompiledProgram, folder: string): Promise<void> {
  const { runProgram } = program.load();
  const db = join(folder, "warm-up.db");
  for (const argv of [["import", TRACE], ["check"], ["info"], ["at", "end"], ["log"]])
    await runProgram([...argv, "--db", db]);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-"));
  try {
    const program = new CompiledProgram(__dirname);
    await warmUp(program, folder);
    writeFileSync(join(__dirname, CACHE), program.script.createCachedData());
    process.exitCode = 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
