// The drgn script that dumps the state of a host: the file state.py as it stands.

import { STATE_TEXT } from "./state-text.js";

/**
 * A script for drgn, in Python: on a host, or on a crash dump of one, it prints what the kernel holds as one JSON document,
 * which `import` takes as an anchor.
 */
export function drgnScript(): string {
  return STATE_TEXT;
}
