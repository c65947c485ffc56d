// Damages recordings at random, and counts what irqtwin then says that is not so:
// `npm run soak -- [--seed N] [--runs N] [--damage NAME] [--probes standard|minimal] [--trace TEXT] [--lines N] [--keep FILE]`.
// With `--follow RUNS` it kills an agent that follows a growing file instead (follow-soak.ts).
// With `--follow-cli RUNS` it does so with the command `follow` (follow-cli-soak.ts).
// With `--trace-dat FILE` it imports a trace.dat with a random bit flipped instead, --runs times (trace-dat-soak.ts); with
// `--trace-dat ''` it flips each byte of small ones.
// What is wrong is printed with what replays it; --keep keeps the last damaged recording that was wrong.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { MORE_TRACES, moreTrace, REAL_TRACES, realTrace } from "../support/real-traces.js";
import { thinned } from "./combined.js";
import { soakFollowing } from "./follow-soak.js";
import { soakFollowCli } from "./follow-cli-soak.js";
import { soakSmallTraceDat, soakTraceDat } from "./trace-dat-soak.js";
import { DAMAGES, outcomeOf, wholeOf, type Outcome, type Whole } from "./soak.js";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "2" },
    damage: { type: "string", default: "" },
    probes: { type: "string", default: "full" },
    trace: { type: "string", default: "" },
    lines: { type: "string", default: "12000" },
    keep: { type: "string" },
    follow: { type: "string", default: "0" },
    "follow-cli": { type: "string", default: "0" },
    "trace-dat": { type: "string" },
    kills: { type: "string", default: "8" },
  },
});

interface Account {
  runs: number;
  bad: number;
  findings: number;
  values: number;
  contradictions: number;
  observed: number;
  decided: number;
}

const accounts = new Map<string, Account>();
const traces = [
  ...REAL_TRACES.map((name) => ({ trace: name, read: realTrace })),
  ...MORE_TRACES.map((name) => ({ trace: name, read: moreTrace })),
];
if (options["trace-dat"] === "") soakSmallTraceDat();
else if (options["trace-dat"] !== undefined)
  await soakTraceDat(options["trace-dat"], Number(options.runs), Number(options.seed));
else if (options["follow-cli"] !== "0")
  await soakFollowCli(Number(options["follow-cli"]), Number(options.seed));
else if (options.follow !== "0")
  await soakFollowing(Number(options.follow), Number(options.seed), Number(options.kills));
else
  for (const { trace, read } of traces.filter(({ trace: name }) => name.includes(options.trace))) {
    const all = read(trace).toString("latin1");
    const text = isLevel(options.probes) ? thinned(all, options.probes) : all;
    if (text.split("\n").length > Number(options.lines)) continue;
    const whole = await wholeOf(text, `${options.seed} ${trace}`);
    if (whole !== null) await soak(trace, whole);
  }
for (const [name, account] of accounts) {
  const share = account.observed === 0 ? 1 : account.decided / account.observed;
  console.log(name.padEnd(16), JSON.stringify({ ...account, share: share.toFixed(3) }));
}

function isLevel(name: string): name is "standard" | "minimal" {
  return name === "standard" || name === "minimal";
}

async function soak(trace: string, whole: Whole): Promise<void> {
  for (const damage of Object.keys(DAMAGES).filter((name) => name.includes(options.damage))) {
    for (let run = 0; run < Number(options.runs); run++) {
      const outcome = await outcomeOf(whole, damage, `${options.seed} ${run}`);
      if (outcome !== null) report(`${damage} ${trace} run ${run}`, damage, outcome);
    }
  }
}

function report(title: string, damage: string, outcome: Outcome): void {
  const { findings, values, contradictions, how, text, writes } = outcome;
  const account = accounts.get(damage) ?? emptyAccount();
  accounts.set(damage, account);
  account.runs++;
  account.observed += writes.observed;
  account.decided += writes.observed - writes.unknown - writes.undefined;
  account.findings += findings.length;
  account.values += values.length;
  account.contradictions += contradictions.length;
  if (findings.length + values.length + contradictions.length === 0) return;
  account.bad++;
  console.log(`${title}, --seed ${options.seed}: ${how}`);
  for (const each of findings.slice(0, 3)) console.log(`  finding ${each}`);
  for (const each of values.slice(0, 3)) console.log(`  value   ${each}`);
  for (const each of contradictions.slice(0, 3)) console.log(`  contradiction ${each}`);
  if (options.keep !== undefined) writeFileSync(options.keep, text, "latin1");
}

function emptyAccount(): Account {
  return { runs: 0, bad: 0, findings: 0, values: 0, contradictions: 0, observed: 0, decided: 0 };
}
