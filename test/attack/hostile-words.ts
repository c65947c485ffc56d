// Command lines of random words: options that take other values, names and moments that are none, control characters.

import { join } from "node:path";
import { SHIPPED, shippedPath } from "../support/shipped.js";
import { type Attack } from "./attack.js";

const COMMANDS: readonly string[] = (
  "import info at log blame diff audit first explain query check verify rewind rules schema probes capture demo " +
  "help frobnicate"
).split(" ");

const WORDS: readonly string[] = [
  ...["--json", "--help", "-h", "--recording", "--irte", "--vcpu", "--vm", "--since", "--until"],
  ...["--kind", "--only", "--except", "--baseline", "--rules", "--kernel", "-n", "-p", "--to"],
  ...["--sql", "--format", "--seconds", "--by", "--clock-hz", "--supersedes", "--at", "--task"],
  ...["0", "1", "-1", "99999999999999999999", "1e9", "NaN", "start", "end", "@1", "@0", "@-5"],
  ...["1116.5", "-50ms", "9".repeat(500), "00:08.0/0", "vm1/vcpu0", "vm99", "F1", "I10", "T3"],
  ...["is_run=true", "mode=post", "x=y", "=", "'", '"', ";", "%", "../..", "/dev/null", "/", ""],
  ...["\u001b[2J", "\u009b1m", "\u202e", "\r\n", "𝔘", "é", "SELECT 1", "DROP TABLE event", "json"],
];

/** Runs six command lines of random words on a timeline. */
export const hostileWords: Attack = (dice, folder, run) => {
  const db = join(folder, "t.db");
  run(["import", shippedPath(dice.pick(SHIPPED)), "--db", db]);
  for (let i = 0; i < 6; i++) {
    const words = Array.from({ length: dice.number(5) }, () => dice.pick(WORDS));
    const command = dice.pick(COMMANDS);
    const named = command === "import" || dice.chance(0.9) ? ["--db", db] : [];
    run([command, ...words, ...named]);
  }
  return [];
};
