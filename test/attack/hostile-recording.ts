// A recording that someone made to be hostile: text that a terminal obeys in every field, damaged bytes, lines of any
// length, input that is cut off.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { type Attack, type Dice } from "./attack.js";

/** What a terminal obeys, in bytes as a trace would hold them. */
const HOSTILE: readonly string[] = [
  ...["\u001b]0;x\u0007", "\u001b[2J", "\u009b31m", "\r", "\b\b\b", "\u0000", "\u007f", "\u0085"],
  // Marks that turn text around, as UTF-8 bytes and as characters.
  ...["\u202e", "\u2066", "\u00e2\u0080\u00ae", "\u00e2\u0081\u00a6", "\ufeff"],
];

type Change = (text: string, dice: Dice) => string | Buffer;

/** Puts hostile text into some of the places that a pattern finds. */
function into(pattern: RegExp, share: number): Change {
  return (text, dice) =>
    text.replace(pattern, (found: string) =>
      dice.chance(share) ? found.slice(0, 1) + dice.pick(HOSTILE) + found.slice(1) : found,
    );
}

const CHANGES: Readonly<Record<string, Change>> = {
  "names of tasks": into(/^ *\S+(?=-\d+ +\[)/gm, 0.2),
  "names of events": into(/(?<=: )[a-z]\w+(?=: )/g, 0.02),
  fields: into(/\w+=/g, 0.01),
  values: into(/(?<==)\w+/g, 0.01),
  header: into(/(?<=^#)[^\n]*/gm, 0.8),
  stamps: into(/ \d+[.]?\d*: /g, 0.01),
  "a header of capture": (text, dice) => {
    const keys = ["kernel", "host", "vm", "clock", "refused", "dmesg", dice.pick(HOSTILE)];
    const lines = dice.some(keys, 4).map((key) => `# irqtwin ${key}: ${dice.pick(HOSTILE)}x\n`);
    return lines.join("") + text;
  },
  bytes: (text, dice) => {
    const bytes = Buffer.from(text, "latin1");
    for (let i = 0; i < 200; i++) bytes[dice.number(bytes.length)] = dice.number(256);
    return bytes;
  },
  "long lines": (text, dice) =>
    text.replace(/\n/g, () => (dice.chance(0.001) ? "x".repeat(300_000) : "\n")),
  "cut off": (text, dice) => text.slice(0, dice.number(text.length)),
  "damaged gzip": (text, dice) => {
    const bytes = gzipSync(Buffer.from(text, "latin1"));
    for (let i = 0; i < 3; i++) bytes[dice.number(bytes.length)] = dice.number(256);
    return bytes;
  },
  empty: () => "",
  zeros: () => Buffer.alloc(100_000),
};

const QUESTIONS: readonly (readonly string[])[] = [
  ["info"],
  ["info", "--json"],
  ["at", "end"],
  ["at", "end", "--json"],
  ["log"],
  ["log", "--json"],
  ["log", "-p"],
  ["check"],
  ["check", "--json"],
  ["explain", "F1"],
  ["audit", "--by", "task"],
  ["blame", "00:08.0/0"],
  ["query", "SELECT * FROM v_event"],
  ["query", "SELECT * FROM rejected_line", "--format", "csv"],
  ["query", "SELECT * FROM recording_name"],
  ["verify"],
];

/** Changes a recording in one to three ways, imports it, and asks four questions. */
export const hostileRecording: Attack = (dice, folder, run) => {
  const db = join(folder, "t.db");
  const file = join(
    folder,
    dice.chance(0.2) ? `${dice.pick(HOSTILE).replace("\0", "")}x` : "x.txt",
  );
  let content: string | Buffer = shippedText(dice.pick(SHIPPED));
  const names = dice.some(Object.keys(CHANGES), 1 + dice.number(3));
  for (const name of names) {
    const text: string = typeof content === "string" ? content : content.toString("latin1");
    content = CHANGES[name]?.(text, dice) ?? content;
  }
  const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  writeFileSync(file, bytes);
  if (dice.chance(0.3)) run(["import", "-", "--db", db], bytes);
  else run(["import", file, "--db", db, ...(dice.chance(0.3) ? ["--json"] : [])]);
  for (const args of dice.some(QUESTIONS, 4)) run([...args, "--db", db]);
  return [];
};
