// `follow` loses nothing and doubles nothing over rotation, truncation, kill -9 and SIGTERM.

import { expect, test } from "vitest";
import { largeTrace } from "../support/large.js";
import { randomOf } from "../support/random.js";
import { Scratch } from "../support/scratch.js";
import { seedOr } from "../support/seed.js";
import { followCli } from "./follow-cli.js";
import { differencesOf } from "./follow-cli-compare.js";

const SEED = 3;
const COMPRESSED_SEED = seedOr(5);
const scratch = new Scratch();

test(`files that are followed at random are stored as whole imports store them (seed ${SEED})`, async () => {
  const lines = largeTrace(2).toString("latin1").trimEnd().split("\n");
  const [file, db] = [scratch.path(".txt"), scratch.path(".db")];
  const parts = await followCli({ file, db, lines, parts: 4, random: randomOf(SEED) });
  const total = (of: "kills" | "resumes"): number => parts.reduce((sum, part) => sum + part[of], 0);
  expect(total("kills") + total("resumes")).toBeGreaterThan(1);
  expect(await differencesOf(db, parts, () => scratch.path(".db"))).toEqual([]);
}, 180_000);

test(`files that are compressed too are (seed ${COMPRESSED_SEED})`, async () => {
  const lines = largeTrace(2).toString("latin1").trimEnd().split("\n");
  const [file, db] = [scratch.path(".txt"), scratch.path(".db")];
  const soak = { file, db, lines, parts: 3, isCompressed: true };
  const parts = await followCli({ ...soak, random: randomOf(COMPRESSED_SEED) });
  expect(await differencesOf(db, parts, () => scratch.path(".db"))).toEqual([]);
}, 180_000);
