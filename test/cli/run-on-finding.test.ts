// `--exec`: whatever the command does, each finding gets its turn, and irqtwin ends.

import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RunOnFinding } from "../../src/cli/run-on-finding.js";
import { openTimeline, type Finding } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const NEVER = new AbortController().signal;
let said: string;
let findings: readonly Finding[] = [];

beforeEach(async () => {
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  if (findings.length > 0) return;
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  findings = timeline.recording().check().findings;
  timeline.close();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function queueAll(exec: RunOnFinding): void {
  for (const finding of findings) exec.queue(finding, 1);
}

test("each finding is given, in order, also to a command that fails", async () => {
  const seen = scratch.path(".jsonl");
  const exec = new RunOnFinding(`cat >> ${seen}; exit 3`);
  queueAll(exec);
  await exec.done(NEVER);
  const given = readFileSync(seen, "utf8").trim().split("\n");
  expect(given.map((line) => JSON.parse(line) as unknown)).toEqual(
    JSON.parse(JSON.stringify(findings.map((finding) => ({ recording_id: 1, ...finding })))),
  );
  expect(said).toBe("warning: --exec ended with status 3\n".repeat(findings.length));
});

test("a command that reads nothing, or is none, is told of", async () => {
  const exec = new RunOnFinding("exec irqtwin-is-not-here");
  queueAll(exec);
  await exec.done(NEVER);
  expect(said.split("warning: --exec ended with status 127").length).toBe(findings.length + 1);
});

test("one that takes too long is ended with all that it started, and the next has its turn", async () => {
  const pids = scratch.path(".pids");
  const command = `sleep 3600 & echo $! >> ${pids}; wait`;
  const exec = new RunOnFinding(command, { runMs: 300, lastMs: 60_000 });
  queueAll(exec);
  await exec.done(NEVER);
  expect(said).toBe("warning: --exec was ended after 0.3 s\n".repeat(findings.length));
  const started = readFileSync(pids, "utf8").trim().split("\n");
  // On a busy machine one may be ended before its shell has written anything.
  expect(started.length).toBeGreaterThan(0);
  for (const pid of started)
    await vi.waitUntil(() => !existsSync(`/proc/${pid}`), { timeout: 30_000 });
});

test("at the end what hangs is ended, and how many are left is told", async () => {
  const exec = new RunOnFinding("sleep 3600", { runMs: 60_000, lastMs: 1 });
  queueAll(exec);
  await exec.done(AbortSignal.abort());
  const left = findings.length - 1;
  expect(said).toBe(
    `warning: --exec was ended while it ran, and did not run for ${left} more findings\n`,
  );
});
