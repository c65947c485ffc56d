// The agent that follows a growing file, for longer: `npm run soak -- --follow RUNS [--seed N] [--kills N]`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTimeline } from "../../src/index.js";
import { contentOf } from "../support/content.js";
import { largeTrace } from "../support/large.js";
import { END_LINE, follow } from "./follow.js";

/** Follows a large recording again and again, and prints for each run how often it was killed and what is wrong. */
export async function soakFollowing(runs: number, seed: number, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-soak-"));
  const lines = largeTrace().toString("latin1").trimEnd().split("\n");
  try {
    const whole = join(folder, "whole.db");
    const text = Buffer.from(`${lines.join("\n")}\n${END_LINE}`, "latin1");
    const first = await openTimeline(whole, { create: true });
    await first.import(text, { name: "followed" });
    first.close();
    const wanted = JSON.stringify(contentOf(whole));
    for (let run = 0; run < runs; run++) {
      const db = join(folder, `${run}.db`);
      const file = join(folder, `${run}.txt`);
      const { kills: killed, delays } = await follow(lines, { file, db, seed: seed + run, kills });
      const timeline = await openTimeline(db, { readonly: true });
      const { verdict } = timeline.verify();
      timeline.close();
      const isSame = JSON.stringify(contentOf(db)) === wanted;
      if (!isSame || verdict !== "intact") process.exitCode = 1;
      const slowest = Math.max(...delays);
      console.log("follow", JSON.stringify({ seed: seed + run, killed, slowest, verdict, isSame }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
