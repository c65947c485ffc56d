// Plants faults into whole recordings, and counts by kind of fault what the check makes of them:
// `npm run plant -- [--seed N] [--tries N] [--kind TEXT] [--trace TEXT] [--lines N] [--notes]`.
// `silent` are those that are not found and that change no verdict about a write: nothing that is left shows them.
// --notes prints each fault that was not located, or that was blamed on the kernel.

import { parseArgs } from "node:util";
import { MORE_TRACES, REAL_TRACES, moreTrace, realTrace } from "../support/real-traces.js";
import { ALL_FAULTS, soak, tableOf, type Tally } from "../support/soak.js";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    tries: { type: "string", default: "2" },
    kind: { type: "string", default: "" },
    trace: { type: "string", default: "" },
    lines: { type: "string", default: "4000" },
    notes: { type: "boolean", default: false },
  },
});

/** A recording made with all probes has them. */
const FULL = [" irte_cmpxchg: ", " svm_vcpu_load: "];

const tallies = new Map<string, Tally>();
const only = Object.keys(ALL_FAULTS).filter((name) => new RegExp(options.kind).test(name));
const all = [
  ...REAL_TRACES.map((name) => [name, realTrace] as const),
  ...MORE_TRACES.map((name) => [name, moreTrace] as const),
];
for (const [name, read] of all) {
  if (!new RegExp(options.trace).test(name)) continue;
  const text = read(name).toString("latin1");
  if (!FULL.every((each) => text.includes(each))) continue;
  if (text.split("\n").length > Number(options.lines)) continue;
  soak([text], { tries: Number(options.tries), seed: Number(options.seed), only }, tallies);
  process.stderr.write(`${name}\n`);
}
if (options.notes)
  for (const { notes } of tallies.values()) for (const note of notes) console.log(note);
console.log(`${"fault".padEnd(40)} tries  found located silent accused findings`);
for (const line of tableOf(tallies)) console.log(line);
