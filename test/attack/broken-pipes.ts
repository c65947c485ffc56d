// Output that no one reads, that has no room, and input that never ends as it should.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { MAIN } from "../support/irqtwin.js";
import { SHIPPED, shippedPath } from "../support/shipped.js";
import { type Attack, type Dice, faultsOf, type Tried } from "./attack.js";

const COMMANDS: readonly (readonly string[])[] = [
  ["info"],
  ["at", "end", "--json"],
  ["log"],
  ["log", "--json", "-p"],
  ["check"],
  ["check", "--json"],
  ["query", "SELECT * FROM v_event"],
  ["query", "SELECT * FROM v_event", "--format", "csv"],
  ["schema"],
  ["verify"],
  ["audit", "--by", "task"],
  ["--help"],
];

/** How a shell runs a command, and the statuses that are right then. */
const WAYS: Readonly<Record<string, readonly [shell: string, statuses: readonly number[]]>> = {
  "no room for its output": ["$T > /dev/full", [5]],
  "no room for its errors": ["$T 2> /dev/full >/dev/null", [0, 1, 3, 4, 5]],
  "no room for both": ["$T > /dev/full 2>&1", [5]],
  "closed output": ["$T >&-", [0, 1, 3, 4, 5]],
  "closed input": ["$T <&-", [0, 1, 3, 4]],
  "a reader that ends": ["set -o pipefail; $T | head -c 1 > /dev/null", [0, 1, 3, 4, 5, 141]],
  "no reader at all": ["set -o pipefail; $T | true", [0, 1, 3, 4, 5, 141]],
};

const INPUTS: readonly string[] = [
  "mkfifo f; (head -c 20000 $TRACE > f &); $IRQTWIN import f --db new.db",
  "$IRQTWIN import <(zcat $TRACE) --db new.db",
  "$IRQTWIN import <(zcat $TRACE | head -n 300) --db new.db",
  "zcat $TRACE | $IRQTWIN import /dev/stdin --db new.db",
  "$IRQTWIN import /dev/zero --db new.db",
  "$IRQTWIN import /dev/null --db new.db",
  "$IRQTWIN import . --db new.db",
  "$IRQTWIN import - --db new.db <&-",
  "ulimit -f 40; $IRQTWIN import $TRACE --db new.db",
  "ulimit -n 20; $IRQTWIN import $TRACE --db new.db",
];

function shell(script: string, folder: string, env: Readonly<Record<string, string>>): Tried {
  const ran = spawnSync("bash", ["-c", script], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 30_000,
    maxBuffer: 1 << 28,
    killSignal: "SIGKILL",
  });
  return { args: [script], status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

/** Runs three commands whose output goes wrong, and two imports whose input does. */
export const brokenPipes: Attack = (dice: Dice, folder, run) => {
  const db = join(folder, "t.db");
  const trace = shippedPath(dice.pick(SHIPPED));
  const program = `${process.execPath} ${MAIN}`;
  run(["import", trace, "--db", db]);
  const faults: string[] = [];
  for (let i = 0; i < 3; i++) {
    const [way, [script, statuses]] = dice.pick(Object.entries(WAYS));
    const args = dice.pick(COMMANDS);
    const quoted = args.map((arg) => `'${arg}'`).join(" ");
    const tried = shell(script.replace("$T", `${program} ${quoted} --db ${db}`), folder, {});
    // Where standard error has no room, bash itself may say so.
    faults.push(...faultsOf({ ...tried, status: tried.status === 141 ? 0 : tried.status }));
    if (!statuses.includes(tried.status ?? -1))
      faults.push(`${args.join(" ")}, ${way}: status ${tried.status ?? "none"}: ${tried.stderr}`);
  }
  for (const script of dice.some(INPUTS, 2))
    faults.push(...faultsOf(shell(script, folder, { TRACE: trace, IRQTWIN: program })));
  return faults;
};
