// The examples of the library's page, run as users run them: against the built package, by its name.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { openTimeline, type AtDocument } from "../../src/index.js";
import { contentOf } from "../support/content.js";
import { byCpu, textOf } from "../support/cut-up.js";
import { ended } from "../support/irqtwin.js";
import { randomOf } from "../support/random.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines, shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";
/** An agent that does not serve what it should by then is at fault. */
const SERVED_MS = 30_000;
const BUGGY = shippedPath("6.17-x-uaf-crash");
const SOUND = shippedPath(NAME);

function pathOf(example: string): string {
  return fileURLToPath(new URL(`../../docs/examples/${example}.mjs`, import.meta.url));
}

interface Ran {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

function run(example: string, args: readonly string[]): Ran {
  const options = { encoding: "utf8", timeout: 60_000 } as const;
  const ran = spawnSync(process.execPath, [pathOf(example), ...args], options);
  return { status: ran.status, lines: ran.stdout.trimEnd().split("\n"), stderr: ran.stderr };
}

describe("progress.mjs", () => {
  test("shows how far it is, and the table at a hundred moments", async () => {
    const db = scratch.path(".db");
    const { status, lines, stderr } = run("progress", [SOUND, db]);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("(100 %)");
    expect(lines).toHaveLength(101);
    const timeline = await openTimeline(db);
    const recording = timeline.recording();
    const { seq, time_ns, irtes, unknown } = recording.at({
      when: { seq: recording.last_seq ?? 0 },
    });
    expect(lines[100]).toBe([seq, time_ns, irtes.length, 0, 0, unknown.length].join("\t"));
    expect(lines.slice(1).some((line) => line.split("\t")[3] === "1")).toBe(true);
    timeline.close();
  });
});

describe("dashboard.mjs", () => {
  test("shows the vCPUs of each batch, and what is taken back", () => {
    const input = shippedText(NAME);
    const posted = input.slice(0, input.indexOf("\n", input.length / 2) + 1);
    const trace = scratch.file(".txt", Buffer.from(posted, "latin1"));
    const { status, lines, stderr } = run("dashboard", [scratch.path(".db"), trace]);
    expect(status, stderr).toBe(0);
    expect(lines[0]).toBe("recording 1 (rules 6.17) began @0");
    expect(lines.at(-1)).toMatch(/^ {2}vm1\/vcpu0: (?:running on CPU \d|out|blocking); posted: /);
    expect(lines.join("\n")).toContain("posted: 0000:00:08.0/0");
  });

  test("says that a recording is taken back", () => {
    const trace = scratch.file(".txt", textOf(byCpu(shippedLines(NAME))));
    const { status, lines, stderr } = run("dashboard", [scratch.path(".db"), trace]);
    expect(status, stderr).toBe(0);
    const heads = lines.filter((line) => line.startsWith("recording"));
    expect(heads).toContain("recording 1 is taken back (order)");
    expect(heads.at(-1)).toMatch(/ complete @1090$/);
  });
});

describe("ci.mjs", () => {
  test("fails for what is new, and passes for what the baseline has", () => {
    const baseline = scratch.path(".json");
    expect(run("ci", [baseline, SOUND, BUGGY, SOUND]).status).toBe(1);
    expect(run("ci", ["--update", baseline, BUGGY]).status).toBe(0);
    const known = JSON.parse(readFileSync(baseline, "utf8")) as readonly string[];
    expect(known).toContain("invariant||I10|B6|0000:00:08.0/0|vm1/vcpu2|");
    const passed = run("ci", [baseline, BUGGY, SOUND]);
    expect(passed.status, passed.stderr).toBe(0);
    expect(passed.lines[0]).toMatch(new RegExp(`: pass, ${known.length} known$`));
    writeFileSync(baseline, JSON.stringify(known.slice(1)));
    expect(run("ci", [baseline, BUGGY]).status).toBe(1);
  });

  test("tells what could not be read or decided", () => {
    const baseline = scratch.path(".json");
    const missing = run("ci", [baseline, scratch.path(".txt")]);
    expect([missing.status, missing.stderr]).toEqual([3, expect.stringContaining("NO_SUCH_FILE")]);
    const nothing = scratch.file(".txt", "# tracer: nop\n#\n a-1 [000] d..1. 5.000001: foo: bar\n");
    expect(run("ci", [baseline, nothing]).status).toBe(4);
  });
});

interface Agent {
  readonly child: ChildProcess;
  readonly url: string;
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function startAgent(trace: string, db: string): Promise<Agent> {
  const child = spawn(process.execPath, [pathOf("agent"), trace, db, "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, url: `http://127.0.0.1:${port}/` };
}

/** What an agent serves, once it has come to this time of the trace. */
async function servedAt({ url }: Agent, time: string): Promise<AtDocument> {
  for (const until = Date.now() + SERVED_MS; Date.now() < until;) {
    const response = await fetch(url);
    if (response.status === 200) {
      const document = (await response.json()) as AtDocument;
      if (document.time_ns === time) return document;
    } else expect(response.status).toBe(503);
    await pause(50);
  }
  throw new Error(`the agent does not come to ${time}`);
}

async function stopAgent({ child }: Agent, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  expect(await ended(child)).toBe(signal === "SIGKILL" ? signal : 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a document says of the host, without the numbers that events have in one timeline. */
function saidBy({ irtes, vcpus, irqfds, vms, unknown }: AtDocument): unknown {
  const text = JSON.stringify({ irtes, vcpus, irqfds, vms, unknown });
  return JSON.parse(text.replace(/"(?:since|cause)_seq":(?:\d+|null),?/g, '"":0,'));
}

describe("agent.mjs", () => {
  const bytes = Buffer.from(shippedText(NAME), "latin1");

  async function whole(): Promise<{ readonly db: string; readonly end: AtDocument }> {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", bytes));
    const end = timeline.recording().at();
    timeline.close();
    return { db, end };
  }

  test("that is killed again and again while the file grows stores what the whole file says", async () => {
    const random = randomOf(7);
    const { db, end } = await whole();
    const trace = scratch.file(".txt", "");
    const file = scratch.path(".db");
    for (let at = 0; at < bytes.length;) {
      const agent = await startAgent(trace, file);
      const until = Date.now() + random() * 2500;
      while (Date.now() < until && at < bytes.length) {
        const size = Math.ceil(random() * (bytes.length / 25));
        appendFileSync(trace, bytes.subarray(at, at + size));
        at += size;
        await pause(100);
      }
      await stopAgent(agent, "SIGKILL");
    }
    const agent = await startAgent(trace, file);
    expect(await servedAt(agent, end.time_ns)).toEqual(end);
    await stopAgent(agent, "SIGTERM");
    expect(contentOf(file)).toEqual(contentOf(db));
  });

  test("that is stopped leaves a recording, which the next one corrects when the file has grown", async () => {
    const { end } = await whole();
    const trace = scratch.file(".txt", bytes.subarray(0, bytes.length / 2));
    const db = scratch.path(".db");
    for (let i = 0; i < 2; i++) await stopAgent(await startAgent(trace, db), "SIGTERM");
    const half = await openTimeline(db);
    const { last_ns } = half.recording();
    half.close();
    appendFileSync(trace, bytes.subarray(bytes.length / 2));
    const agent = await startAgent(trace, db);
    const first = await fetch(agent.url);
    expect(first.status).toBe(200);
    const { time_ns } = (await first.json()) as AtDocument;
    expect(BigInt(time_ns)).toBeGreaterThanOrEqual(BigInt(last_ns ?? ""));
    const served = await servedAt(agent, end.time_ns);
    expect(saidBy(served)).toEqual(saidBy(end));
    await stopAgent(agent, "SIGTERM");
    const timeline = await openTimeline(db);
    const recordings = timeline.recordings().map(({ supersedes, lines }) => {
      return [supersedes, lines.total];
    });
    expect(recordings).toEqual([
      [null, expect.any(Number)],
      [1, shippedText(NAME).trimEnd().split("\n").length],
    ]);
    expect(timeline.verify().verdict).toBe("intact");
    timeline.close();
  });
});
