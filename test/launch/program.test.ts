// The code cache makes the program start faster and changes nothing else.

import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { CompiledProgram, PROGRAMS, cacheOf, programFor } from "../../src/launch/program.js";
import { irqtwin, MAIN } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const ROOT = join(dirname(MAIN), "../..");

/** A copy of the built program, whose cache may be changed. */
function installation(): string {
  const folder = scratch.path("-launch");
  mkdirSync(folder);
  for (const part of ["dist", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return join(folder, "dist/bin");
}

function imported(bin: string): unknown {
  const db = scratch.path(".db");
  const ran = irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db], {
    main: join(bin, "main.js"),
  });
  return { ...ran, stdout: ran.stdout.replace(/\d+\.\d+ s\n$/, "") };
}

describe("the program's code cache", () => {
  test.each(Object.values(PROGRAMS))("of %s fits the Node that built it", (name) => {
    expect(new CompiledProgram(dirname(MAIN), name).script.cachedDataRejected).toBe(false);
  });

  test("the program with the server is loaded for serve alone", () => {
    expect(programFor(["--db", "a.db", "serve"])).toBe(PROGRAMS.serving);
    expect(programFor(["at", "end"])).toBe(PROGRAMS.usual);
  });

  test("the program does the same without it, and with one that is damaged", () => {
    const bin = installation();
    const path = join(bin, cacheOf(PROGRAMS.usual));
    const whole = imported(bin);
    expect(whole).toMatchObject({ status: 0, stderr: "" });
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    expect(imported(bin)).toEqual(whole);
    writeFileSync(path, bytes.fill(7, 0, 64));
    expect(new CompiledProgram(bin, PROGRAMS.usual).script.cachedDataRejected).toBe(true);
    expect(imported(bin)).toEqual(whole);
    rmSync(path);
    expect(imported(bin)).toEqual(whole);
  });
});
