// An agent that follows a growing file into a timeline: a program of the library alone, as a user writes one. It is
// killed at moments that a seed decides, and started anew until the file has ended.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomOf } from "../support/random.js";

const LIBRARY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** The line that ends a file which is followed; it is none of the recording. */
export const END_LINE = "# the end of the file\n";

/**
 * Follows FILE into DB: its bytes as they come, until the line END_LINE. It prints how many milliseconds the library
 * took until something of this run was stored, and that it is done.
 */
const AGENT = `
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
const [library, file, db, end] = process.argv.slice(1);
const { openTimeline } = await import(library);

async function* tail() {
  const handle = await open(file);
  const buffer = Buffer.alloc(65536);
  for (let position = 0, text = ""; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) {
      await sleep(10);
      continue;
    }
    position += bytesRead;
    text = (text + buffer.toString("latin1", 0, bytesRead)).slice(-end.length - bytesRead);
    yield Buffer.from(buffer.subarray(0, bytesRead));
    if (text.endsWith(end)) return;
  }
}

const started = performance.now();
const timeline = await openTimeline(db, { create: true });
let isTold = false;
timeline.live().subscribe(({ kind }) => {
  if (kind !== "batch" || isTold) return;
  isTold = true;
  console.log("stored " + Math.round(performance.now() - started));
});
await timeline.import(tail(), { name: "followed" });
timeline.close();
console.log("done");
`;

/** How a file was followed. */
export interface Followed {
  /** How often the agent was killed. */
  readonly kills: number;
  /** Milliseconds until each run of the agent that came so far had something stored. */
  readonly delays: readonly number[];
}

/**
 * Writes `lines` to `file` bit by bit while an agent follows it into `db`. The agent is killed up to `kills` times, each
 * time after some tenths of a second, and started anew at once.
 */
export async function follow(
  lines: readonly string[],
  {
    file,
    db,
    seed,
    kills,
  }: Readonly<Record<"file" | "db", string>> & Readonly<Record<"seed" | "kills", number>>,
): Promise<Followed> {
  const random = randomOf(seed);
  writeFileSync(file, "");
  const writing = grow(file, lines, random);
  const delays: number[] = [];
  let killed = 0;
  for (;;) {
    const args = ["--input-type=module", "-e", AGENT, "--", LIBRARY, file, db, END_LINE];
    const agent = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    agent.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(agent, "close");
    if (killed < kills) {
      await Promise.race([closed, sleep(300 + random() * 2500)]);
      if (agent.exitCode === null) killed++;
      agent.kill("SIGKILL");
    }
    await closed;
    const delay = /^stored (\d+)$/m.exec(said)?.[1];
    if (delay !== undefined) delays.push(Number(delay));
    if (said.endsWith("done\n")) break;
    if (agent.signalCode === null)
      throw new Error(`the agent has ended with ${agent.exitCode ?? "?"}`);
  }
  await writing;
  return { kills: killed, delays };
}

/** Writes lines in pieces that end anywhere, with pauses, for some seconds. */
async function grow(file: string, lines: readonly string[], random: () => number): Promise<void> {
  const text = `${lines.join("\n")}\n${END_LINE}`;
  const pieces = 60;
  for (let at = 0; at < text.length;) {
    const to = at + Math.ceil((random() * 2 * text.length) / pieces);
    appendFileSync(file, text.slice(at, to), "latin1");
    at = to;
    await sleep(random() * 200);
  }
}
