// A state from checkpoints, whole ones and those that hold what changed, is the fold of all events.

import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { emptyState, evolveBatch, openTimeline } from "../../../src/index.js";
import { eventsBetween } from "../../../src/timeline/read/events.js";
import { pickRecording } from "../../../src/timeline/read/recordings.js";
import { valueOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";

const SEED = seedOr(20261123);
const MOMENTS = 60;

const scratch = new Scratch();

test(`at ${MOMENTS} events (seed ${SEED}) and at every checkpoint`, async () => {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", largeTrace().toString("latin1")));
  const count = (where: string): number =>
    Number(valueOf(db, `SELECT count(*) FROM checkpoint WHERE ${where}`));
  expect(count("whole_seq IS NULL")).toBeGreaterThan(0);
  expect(count("whole_seq < seq")).toBeGreaterThan(2);

  const sqlite = new Database(db, { readonly: true });
  const { rules, seesExchanges, firstSeq, lastSeq } = pickRecording(sqlite);
  const last = lastSeq ?? firstSeq;
  const random = randomOf(SEED);
  const stored = sqlite.prepare<[], number>("SELECT seq FROM checkpoint").pluck().all();
  const chosen = Array.from(
    { length: MOMENTS },
    () => firstSeq + Math.floor(random() * (last - firstSeq + 1)),
  );
  let state = emptyState(rules, seesExchanges);
  let next = firstSeq;
  for (const seq of [...new Set([...stored, ...chosen, last])].sort((a, b) => a - b)) {
    state = evolveBatch(state, eventsBetween(sqlite, next, seq));
    next = seq + 1;
    expect(timeline.recording().stateAt({ when: `@${seq}` }), `@${seq}`).toEqual(state);
  }
  sqlite.close();
  timeline.close();
});
