// The C programs that are measured against, where a compiler is there to make them.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasProgram } from "./measure.js";

const SOURCES = fileURLToPath(new URL("c/", import.meta.url));
const BETTER_SQLITE3 = dirname(
  createRequire(import.meta.url).resolve("better-sqlite3/package.json"),
);
const AMALGAMATION = join(BETTER_SQLITE3, "deps/sqlite3");
/** What better-sqlite3 made of the amalgamation when it compiled itself. */
const OBJECT = join(BETTER_SQLITE3, "build/Release/obj.target/sqlite3/gen/sqlite3/sqlite3.o");

export const NO_COMPILER = "skipped: no C compiler";

/** Compiles c/NAME.c into the folder with -O3; the program, or null and why not. */
export function compile(
  folder: string,
  name: "insert" | "parse",
): { readonly program: string | null; readonly note: string } {
  if (!hasProgram("cc", "--version")) return { program: null, note: NO_COMPILER };
  const program = join(folder, name);
  const { words, note } = name === "insert" ? sqlite() : { words: [], note: "" };
  const { status, stderr } = spawnSync(
    "cc",
    ["-O3", "-o", program, join(SOURCES, `${name}.c`), ...words],
    { encoding: "utf8" },
  );
  if (status === 0) return { program, note };
  return { program: null, note: `skipped: ${stderr.trim().split("\n")[0] ?? "cc failed"}` };
}

/** The same SQLite that irqtwin uses: as compiled already, else its source, else the system's. */
function sqlite(): { words: string[]; note: string } {
  const system = ["-lm", "-lpthread", "-ldl"];
  if (existsSync(OBJECT)) {
    return {
      words: ["-I", AMALGAMATION, OBJECT, ...system],
      note: "better-sqlite3's own sqlite3.o",
    };
  }
  const source = join(AMALGAMATION, "sqlite3.c");
  if (existsSync(source)) {
    const words = ["-I", AMALGAMATION, "-DSQLITE_DQS=0", "-DSQLITE_DEFAULT_MEMSTATUS=0"];
    return {
      words: [...words, "-DSQLITE_THREADSAFE=2", source, ...system],
      note: "better-sqlite3's amalgamation",
    };
  }
  return { words: ["-lsqlite3"], note: "the system's libsqlite3" };
}
