// Where a running server can be found by another irqtwin of the same user: its address, and the header that opens it.

import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
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

/** The first server of a timeline has these paths; those beside it have a suffix of their own. */
function pathsOf(timeline: string, suffix = ""): RunPaths {
  const folder = runFolder();
  const name = `${nameOf(timeline)}${suffix}`;
  return { header: join(folder, `${name}.header`), facts: join(folder, `${name}.json`) };
}

function nameOf(timeline: string): string {
  return createHash("sha256").update(realpathSync(timeline)).digest("hex").slice(0, 16);
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

/**
 * Tells of a running server of a timeline, in files of its own: one that is running already keeps those that it has.
 * Throws ERR_USAGE if the folder is not the user's own.
 */
export function writeRunFile(timeline: string, file: RunFile): RunPaths {
  const first = pathsOf(timeline);
  const other = readRunFile(first.facts);
  const isFree = other === null || other.pid === file.pid;
  const paths = isFree ? first : pathsOf(timeline, `-${file.pid}`);
  const options = { mode: 0o600 };
  for (const path of [paths.header, paths.facts]) rmSync(path, { force: true });
  writeFileSync(paths.header, `Authorization: Bearer ${file.bearer}\n`, options);
  writeFileSync(paths.facts, JSON.stringify(file), options);
  return paths;
}

/**
 * What is told of a server that runs on a timeline, of several the first; null = none runs. Throws ERR_USAGE if the
 * folder is not the user's own.
 */
export function runningServer(timeline: string): RunFile | null {
  const first = readRunFile(pathsOf(timeline).facts);
  if (first !== null) return first;
  const folder = runFolder();
  const beside = readdirSync(folder)
    .filter((name) => name.startsWith(`${nameOf(timeline)}-`) && name.endsWith(".json"))
    .map((name) => readRunFile(join(folder, name)));
  return beside.find((file) => file !== null) ?? null;
}

/** What a file tells of a server whose process lives; null = there is none. */
function readRunFile(facts: string): RunFile | null {
  try {
    const file = JSON.parse(readFileSync(facts, "utf8")) as RunFile;
    process.kill(file.pid, 0);
    return file;
  } catch {
    return null;
  }
}

/** The server that has these secrets has ended: files that another one wrote in their place stay. */
export function removeRunFile(paths: RunPaths, bearer: string): void {
  const file = readRunFile(paths.facts);
  if (file !== null && file.bearer !== bearer) return;
  for (const path of [paths.header, paths.facts]) rmSync(path, { force: true });
}
