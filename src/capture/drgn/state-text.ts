// The text of the file state.py. The build puts another module in the place of this one, which holds it.

import { readFileSync } from "node:fs";

/** The text. */
export const STATE_TEXT: string = readFileSync(new URL("state.py", import.meta.url), "utf8");
