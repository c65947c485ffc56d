// Attacks the program: `npm run attack -- [--seed N] [--tries N] [--kind NAME]`. Each fault is printed with what
// replays it. Ends with 1 if there is one.

import { parseArgs } from "node:util";
import { attempt } from "./attack.js";
import { ATTACKS } from "./attacks.js";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    tries: { type: "string", default: "20" },
    kind: { type: "string", default: "" },
  },
});

const kinds = Object.entries(ATTACKS).filter(([name]) => name.includes(options.kind));
if (kinds.length === 0)
  throw new Error(`no attack is named ${options.kind}: ${Object.keys(ATTACKS).join(", ")}`);
let faulty = 0;
for (const [name, attack] of kinds) {
  let bad = 0;
  for (let i = 0; i < Number(options.tries); i++) {
    const seed = Number(options.seed) + i;
    const faults = attempt(attack, seed);
    if (faults.length === 0) continue;
    bad++;
    console.log(`\n--kind ${name} --seed ${seed} --tries 1`);
    for (const fault of faults) console.log(`  ${fault}`);
  }
  console.log(`${name}: ${options.tries} tries, ${bad} with a fault`);
  faulty += bad;
}
process.exitCode = faulty === 0 ? 0 : 1;
