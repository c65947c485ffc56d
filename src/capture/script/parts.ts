// The shell source of the recorder: the files of the folder `recorder`.

import { existsSync, readFileSync } from "node:fs";

/** The files in the order in which they stand in a script; the last one begins the work. */
export const PARTS = [
  ...["words", "options", "tracefs", "owners", "instance", "probes", "standing", "header"],
  ...["narrow", "file", "record", "flight", "cost", "main"],
] as const;

/** The folder `recorder`: beside this file's folder, or seen from the bundle. */
const FOLDER = ["../recorder/", "../capture/recorder/"]
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

/** The text of all parts. */
export function recorderText(): string {
  if (FOLDER === undefined) throw new Error("the folder recorder is missing: reinstall irqtwin");
  return PARTS.map((part) => readFileSync(new URL(`${part}.sh`, FOLDER), "utf8")).join("\n");
}
