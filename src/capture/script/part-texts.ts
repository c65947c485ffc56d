// The texts of the folder `recorder`: the shell source of the recorder. The build puts another module in the place of this
// one, which holds them: what is built needs no folder beside it, wherever it is bundled into.

import { readFileSync } from "node:fs";

/** The files in the order in which they stand in a script; the last one begins the work. */
const PARTS = [
  ...["words", "options", "tracefs", "owners", "instance", "probes", "standing", "header"],
  ...["narrow", "file", "record", "flight", "cost", "main"],
];

const FOLDER = new URL("../recorder/", import.meta.url);

/** The text of all parts. */
export const RECORDER_TEXT: string = PARTS.map((part) =>
  readFileSync(new URL(`${part}.sh`, FOLDER), "utf8"),
).join("\n");
