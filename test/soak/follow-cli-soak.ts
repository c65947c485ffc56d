// `irqtwin follow` for longer: `npm run soak -- --follow-cli RUNS [--seed N]`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { largeTrace } from "../support/large.js";
import { randomOf } from "../support/random.js";
import { followCli } from "./follow-cli.js";
import { differencesOf } from "./follow-cli-compare.js";

const PARTS = 6;

/** Follows files again and again, and prints for each run what happened and what is wrong. */
export async function soakFollowCli(runs: number, seed: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-soak-"));
  const lines = largeTrace().toString("latin1").trimEnd().split("\n");
  try {
    for (let run = 0; run < runs; run++) {
      const db = join(folder, `${run}.db`);
      const file = join(folder, `${run}.txt`);
      const random = randomOf(seed + run);
      const parts = await followCli({ file, db, lines, parts: PARTS, random });
      let whole = 0;
      const wrong = await differencesOf(db, parts, () => join(folder, `${run}-${whole++}.db`));
      if (wrong.length > 0) process.exitCode = 1;
      const told = parts.map(({ end, kills, resumes }) => `${end} ${kills}k ${resumes}r`);
      console.log("follow-cli", JSON.stringify({ seed: seed + run, parts: told, wrong }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
