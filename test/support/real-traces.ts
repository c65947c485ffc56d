// The recordings of real kernels, where they are at hand: they are not part of the repository.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const FOLDER = new URL("../../../shared/traces/", import.meta.url);

/** 112 MB of text: too long for a test that runs on every change. */
const TOO_LONG = "6.16/s7-storm-800k";

/** `6.17/s1-one` and so on; empty where the folder is absent. */
export const REAL_TRACES: readonly string[] = existsSync(FOLDER)
  ? readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".txt.gz"))
      .map((name) => name.replace(".txt.gz", ""))
      .filter((name) => name !== TOO_LONG)
      .sort()
  : [];

const MORE = new URL("../../../shared/more-traces/", import.meta.url);

/** Recordings of releases that others stand for (6.19, 7.2), and of 6.1, by their path. */
export const MORE_TRACES: readonly string[] = moreTraces().filter((name) => /^\d/.test(name));

/** Recordings of hosts of other platforms: `arm64-6.17/s1-one`, `intel-6.12/post` and so on. */
export const OTHER_TRACES: readonly string[] = moreTraces().filter((name) => /^[a-z]/.test(name));

function moreTraces(): readonly string[] {
  if (!existsSync(MORE)) return [];
  return readdirSync(MORE, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".txt.gz"))
    .map((name) => name.replace(".txt.gz", ""))
    .sort();
}

/** The text of a recording of MORE_TRACES or OTHER_TRACES. */
export function moreTrace(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`${name}.txt.gz`, MORE)));
}

/** For `skipIf`, with the reason in the suite's title. */
export const NO_REAL_TRACES = REAL_TRACES.length === 0;
export const WHERE_TRACES_ARE = "(in ../shared/traces; skipped where that folder is absent)";

/** The text of a recording. */
export function realTrace(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`${name}.txt.gz`, FOLDER)));
}

/** The files of all recordings of AMD hosts that a test reads, those of MORE_TRACES included. */
export const AMD_FILES: readonly string[] = [
  ...REAL_TRACES.map((name) => new URL(`${name}.txt.gz`, FOLDER)),
  ...MORE_TRACES.map((name) => new URL(`${name}.txt.gz`, MORE)),
].map((url) => fileURLToPath(url));
