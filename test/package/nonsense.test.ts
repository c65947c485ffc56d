// The packed library, given nonsense: all that it throws is a TwinError that says what to do.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeConsumer } from "../support/consumer.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const PROGRAM = fileURLToPath(new URL("nonsense.mjs", import.meta.url));
const scratch = new Scratch();

test("every method and every option refuses nonsense with a TwinError, or takes it", () => {
  const { folder } = makeConsumer(scratch);
  const program = join(folder, "nonsense.mjs");
  copyFileSync(PROGRAM, program);
  const timelines = scratch.path("");
  mkdirSync(timelines);
  const args = [program, shippedPath("6.16-x-stale-route-removed"), timelines];
  const ran = spawnSync(process.execPath, args, { cwd: timelines, encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  const { tries, faults } = JSON.parse(ran.stdout) as Readonly<{ tries: number; faults: unknown }>;
  expect(faults).toEqual([]);
  expect(tries).toBeGreaterThan(2000);
}, 120_000);
