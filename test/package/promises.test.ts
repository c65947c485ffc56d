// What the library promises holds of the package as it is packed.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeConsumer } from "../support/consumer.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const PROGRAM = fileURLToPath(new URL("promises.mjs", import.meta.url));
const scratch = new Scratch();

test("a program that has installed the package finds each promise kept", () => {
  const { folder } = makeConsumer(scratch);
  const program = join(folder, "promises.mjs");
  copyFileSync(PROGRAM, program);
  const timelines = scratch.path("");
  mkdirSync(timelines);
  const traces = [shippedPath("6.17-x-uaf-crash"), shippedPath("7.3-s2-two")];
  const ran = spawnSync(process.execPath, [program, ...traces, timelines], { encoding: "utf8" });
  expect(ran.status, ran.stdout + ran.stderr).toBe(0);
  expect(Number(/^# pass (\d+)$/m.exec(ran.stdout)?.[1])).toBeGreaterThan(12);
  expect(ran.stdout).toContain("# skipped 0");
}, 120_000);
