// Where a running server can be found by another irqtwin of the same user: its address, and the header that opens it.

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TwinError } from "../base/errors.js";

/** What is told of a running server. */
export interface RunFile {
  /** Its address without a path. */
  readonly url: string;
  /** The path of its unix socket; null = it has a port. */
  readonly socket: string | null;
  /** The process that runs it. */
  readonly pid: number;
  /** What `Authorization: Bearer` takes. */
  readonly bearer: string;
}

/** The file with the header for scripts (`curl -H @FILE`), and the one with all of it. */
export interface RunPaths {
  /** The path of the header for scripts. */
  readonly header: string;
  /** The path of a RunFile as JSON. */
  readonly facts: string;
}

/** The paths for the server of a timeline. Throws ERR_USAGE if the folder is not the user's own. */
export function runPaths(timeline: string): RunPaths {
  const folder = runFolder();
  const name = createHash("sha256").update(realpathSync(timeline)).digest("hex").slice(0, 16);
  return { header: join(folder, `${name}.header`), facts: join(folder, `${name}.json`) };
}

function runFolder(): string {
  const user = process.getuid?.() ?? 0;
  const runtime = process.env["XDG_RUNTIME_DIR"];
  const folder =
    runtime === undefined || runtime === ""
      ? join(tmpdir(), `irqtwin-${user}`)
      : join(runtime, "irqtwin");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const { uid, mode } = found;
  if (!found.isDirectory() || uid !== user || (mode & 0o077) !== 0)
    throw new TwinError("ERR_USAGE", `${folder} must be a folder that only you can read`);
  return folder;
}

/** Tells of a running server. */
export function writeRunFile({ header, facts }: RunPaths, file: RunFile): void {
  const options = { mode: 0o600 };
  for (const path of [header, facts]) rmSync(path, { force: true });
  writeFileSync(header, `Authorization: Bearer ${file.bearer}\n`, options);
  writeFileSync(facts, JSON.stringify(file), options);
}

/** What is told of the server of a timeline; null = none runs. */
export function readRunFile({ facts }: RunPaths): RunFile | null {
  try {
    const file = JSON.parse(readFileSync(facts, "utf8")) as RunFile;
    process.kill(file.pid, 0);
    return file;
  } catch {
    return null;
  }
}

/** The server has ended; one that has taken its place keeps its files. */
export function removeRunFile(paths: RunPaths, pid: number): void {
  const file = readRunFile(paths);
  if (file !== null && file.pid !== pid) return;
  for (const path of [paths.header, paths.facts]) rmSync(path, { force: true });
}
