// The drgn script that dumps the state of a host: the file state.py as it stands.

import { existsSync, readFileSync } from "node:fs";

/** The file: beside this one, or seen from the bundle. */
const FILE = ["./state.py", "../capture/drgn/state.py"]
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

/**
 * A script for drgn, in Python: on a host, or on a crash dump of one, it prints what the kernel holds as one JSON document,
 * which `import` takes as an anchor.
 */
export function drgnScript(): string {
  if (FILE === undefined) throw new Error("the file state.py is missing: reinstall irqtwin");
  return readFileSync(FILE, "utf8");
}
