// One recording, damaged in one way, and what irqtwin says of it beside what it says of the whole one.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTimeline, type CheckReport } from "../../src/index.js";
import { randomOf } from "../support/random.js";
import { answersOf, contradicted, contradictions, falseFindings, type Answers } from "./compare.js";
import { combinations } from "./combined.js";
import {
  DAMAGES as SIMPLE,
  joined,
  split,
  type Damage,
  type Lines,
  type Random,
} from "./damage.js";

/** Every kind of damage by its name. */
export const DAMAGES = { ...SIMPLE, ...combinations(SIMPLE) } as Readonly<Record<string, Damage>>;

/** Moments of a recording at which its state is compared. */
const MOMENTS = 25;

/** Numbers that a text decides. */
function randomFrom(seed: string): Random {
  let hash = 0;
  for (const char of seed) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  const random = randomOf(hash);
  return (below) => Math.floor(random() * below);
}

/** A whole recording, and what is true of it. */
export interface Whole {
  readonly lines: Lines;
  readonly moments: readonly string[];
  readonly rules: string | null;
  readonly answers: Answers;
}

/** What came out of one damaged recording. */
export interface Outcome {
  /** How to do the same damage by hand. */
  readonly how: string;
  /** The damaged recording. */
  readonly text: string;
  /** Findings about the kernel that the whole recording does not have. */
  readonly findings: readonly string[];
  /** Values that the whole recording contradicts. */
  readonly values: readonly string[];
  /** Pairs of lines of which one must be wrong. */
  readonly contradictions: readonly string[];
  readonly writes: CheckReport["writes"];
}

/** What irqtwin says of a whole recording. */
export async function wholeOf(text: string, seed: string): Promise<Whole | null> {
  const lines = split(text);
  const moments = momentsOf(lines, randomFrom(seed));
  const said = await ask(text, moments, undefined);
  return said === null ? null : { lines, moments, ...said };
}

/** What irqtwin says of it with this damage; null where nothing is left that could be read. */
export async function outcomeOf(
  whole: Whole,
  damage: string,
  seed: string,
): Promise<Outcome | null> {
  const damaged = DAMAGES[damage]?.(whole.lines, randomFrom(`${damage} ${seed}`));
  if (damaged === undefined) throw new Error(`there is no damage ${damage}`);
  const text = joined(damaged.lines);
  // What names the release is what this damage takes away.
  const rules = damage.startsWith("no-markers") ? undefined : (whole.rules ?? undefined);
  const said = await ask(text, whole.moments, rules);
  if (said === null) return null;
  return {
    how: damaged.how,
    text,
    findings: falseFindings(said.answers, whole.answers),
    values: contradicted(said.answers, whole.answers),
    contradictions: contradictions(said.answers),
    writes: said.answers.report.writes,
  };
}

/** Lines that no reader takes for a recording have no answer. */
const UNREADABLE: readonly unknown[] = ["ERR_TIMELINE_EMPTY", "ERR_FORMAT_UNKNOWN"];

async function ask(
  text: string,
  moments: readonly string[],
  rules: string | undefined,
): Promise<Pick<Whole, "rules" | "answers"> | null> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-soak-"));
  const trace = join(folder, "trace.txt");
  writeFileSync(trace, text, "latin1");
  const timeline = await openTimeline(join(folder, "soak.db"), { create: true });
  try {
    const imported = await timeline.import(trace, { rules });
    return { rules: imported.rules, answers: answersOf(timeline, moments) };
  } catch (error) {
    if (error instanceof Error && "code" in error && UNREADABLE.includes(error.code)) return null;
    throw error;
  } finally {
    timeline.close();
    rmSync(folder, { recursive: true });
  }
}

/** Stamps of the recording, in nanoseconds or ticks. */
function momentsOf({ body }: Lines, random: Random): readonly string[] {
  return Array.from({ length: MOMENTS }, () => {
    const line = body[random(body.length)] ?? "";
    const [, whole = "", part] = / (\d+)(?:\.(\d+))?: \w/.exec(line) ?? [];
    return part === undefined ? whole : String(BigInt(whole + part.padEnd(9, "0")));
  }).filter((moment) => moment !== "");
}
