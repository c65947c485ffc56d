// Plants faults into recordings and counts what the check makes of them: found, located, and findings about the
// kernel that the whole recording has not.

import { type TwinEvent } from "../../src/domain/events/event.js";
import { checked, readEvents } from "./events.js";
import { both, FAULTS, pick, wholeOf, type Fault, type Faulty, type Whole } from "./faults.js";
import { extentOf } from "./extent.js";
import { FIELD_FAULTS } from "./field-faults.js";
import { randomOf } from "./random.js";

/** What came of the faults of one kind. */
export interface Tally {
  tries: number;
  found: number;
  located: number;
  /** Not found, and each write that is left is decided as it is in the whole recording. */
  silent: number;
  /** Findings about the kernel that the whole recording has not. */
  accused: number;
  /** Findings that came of them all. */
  findings: number;
  /** Lines that the faults that were not found, not located, or blamed on the kernel are about. */
  readonly notes: string[];
}

/** Findings that are about the recording. */
const OF_RECORDING: readonly string[] = ["contradiction", "unread"];

/** A finding, by lines of the whole recording. */
interface Found {
  readonly kind: string;
  readonly line: number;
  readonly evidence: readonly number[];
  readonly key: number | null;
  readonly vcpu: number | null;
  readonly text: string;
  /** By which it is found again in another reading of the recording. */
  readonly name: string;
}

/** What comes of a reading: its findings, and the verdicts about writes by their lines. */
interface Outcome {
  readonly found: readonly Found[];
  readonly verdicts: ReadonlyMap<number, string>;
}

function outcomeOf(
  text: string,
  rules: Whole["read"]["rules"],
  numbers: readonly number[],
): Outcome {
  const read = readEvents(Buffer.from(text, "latin1"), rules);
  const { checker, decided } = checked(read);
  const lineOf = (seq: number): number => numbers[(read.events[seq - 1]?.line ?? 0) - 1] ?? 0;
  const verdicts = new Map([...decided].map(([{ seq }, verdict]) => [lineOf(seq), verdict]));
  const all = [
    ...checker.findings.map((finding) => ({ ...finding, id: finding.rule ?? "" })),
    ...checker.contradictions.map((each) => ({ ...each, kind: "contradiction" })),
    ...checker.invariants.violations.map((violation) => ({ ...violation, kind: "invariant" })),
  ];
  const unread = read.rejected.map((number, i) => {
    const [, other] = / by line (\d+)$/.exec(read.reasons[i] ?? "") ?? [];
    const named = [number, ...(other === undefined ? [] : [Number(other)])];
    return unreadLine(named.map((each) => numbers[each - 1] ?? 0));
  });
  // Where lines cannot be read, nothing is said of the kernel.
  if (unread.length > 0) return { found: unread, verdicts };
  const found = all.map(({ kind, id, seq, key, vcpu, evidence }) => {
    const line = lineOf(seq);
    const lines = evidence.map(lineOf);
    const text = `${kind} ${id} ${key ?? "-"} ${vcpu ?? "-"} @${line} [${lines.join(" ")}]`;
    // An invariant that a bug of the kernel breaks is told where it is seen first.
    const name = `${kind} ${id} ${kind === "invariant" ? (key ?? `vcpu ${vcpu}`) : `${line} ${key} ${vcpu}`}`;
    return { kind, line, evidence: lines, key, vcpu, text, name };
  });
  return { found, verdicts };
}

/** A line that could not be read is told with its number, and with the line that it does not fit. */
function unreadLine(evidence: readonly number[]): Found {
  const [line = 0] = evidence;
  const text = `unread @${evidence.join(" by ")}`;
  return { kind: "unread", line, evidence, key: null, vcpu: null, text, name: `unread @${line}` };
}

/** Events of the same call as the changed lines; or, of a call that is gone, the lines around it of its subject. */
function isLocated(whole: Whole, { about, numbers }: Faulty, found: Found): boolean {
  const own = about.flatMap((line) => whole.byLine.get(line) ?? []);
  const roots = new Set(own.map(({ seq, cause_seq }) => cause_seq ?? seq));
  const isOfCall = (line: number): boolean => {
    const event = whole.byLine.get(line);
    if (about.includes(line)) return true;
    return event !== undefined && roots.has(event.cause_seq ?? event.seq);
  };
  if (found.evidence.some(isOfCall)) return true;
  const extents = about.map((line) => extentOf(whole, line));
  if (found.evidence.some((line) => extents.some((lines) => lines.includes(line)))) return true;
  if (own.some(({ vcpu, devid }) => vcpu === null && devid === null))
    return own.some((event) => isNeighbour(whole, event, found));
  const isLeft = numbers.some((line) => isOfCall(line));
  return !isLeft && encloses(found, about) && own.some((event) => isSubject(event, found));
}

/** The event has neither a vCPU nor an entry: the one before or after it on its task is of the same call. */
function isNeighbour({ read }: Whole, { task, seq }: TwinEvent, { evidence }: Found): boolean {
  const ofTask = read.events.filter((event) => event.task === task);
  const at = ofTask.findIndex((event) => event.seq === seq);
  return [at - 1, at + 1].some((i) => evidence.includes(ofTask[i]?.line ?? 0));
}

function encloses({ evidence }: Found, about: readonly number[]): boolean {
  return Math.min(...evidence) < Math.max(...about) && Math.max(...evidence) > Math.min(...about);
}

function isSubject({ vcpu, devid, irte_index }: TwinEvent, found: Found): boolean {
  const isVcpu = vcpu !== null && vcpu === found.vcpu;
  const key = devid === null || irte_index === null ? null : devid * 65536 + irte_index;
  return isVcpu || (key !== null && key === found.key);
}

const SINGLE: Readonly<Record<string, Fault>> = { ...FAULTS, ...FIELD_FAULTS };

/** Two faults of any kinds. */
const twoAtOnce: Fault = (whole, random) => {
  const kinds = Object.values(SINGLE);
  const one = pick(kinds, random);
  const two = pick(kinds, random);
  return one === undefined || two === undefined ? null : both(one, two)(whole, random);
};

/** All kinds of fault, by name. */
export const ALL_FAULTS: Readonly<Record<string, Fault>> = { ...SINGLE, "two at once": twoAtOnce };

/** What is planted. */
export interface Soak {
  readonly tries: number;
  readonly seed: number;
  /** Names of the kinds of fault. */
  readonly only?: readonly string[];
}

/** Plants `tries` faults of each kind, or of those that are named. */
export function soak(
  texts: readonly string[],
  { tries, seed, only = Object.keys(FAULTS) }: Soak,
  tallies = new Map<string, Tally>(),
): ReadonlyMap<string, Tally> {
  for (const text of texts) {
    const whole = wholeOf(text, readEvents(Buffer.from(text, "latin1")));
    const known = outcomeOf(
      text,
      whole.read.rules,
      whole.lines.map((_, i) => i + 1),
    );
    for (const name of only) {
      const random = randomOf(seed);
      const tally = tallies.get(name) ?? newTally();
      tallies.set(name, tally);
      for (let i = 0; i < tries; i++) plant(whole, known, name, tally, random);
    }
  }
  return tallies;
}

function newTally(): Tally {
  return { tries: 0, found: 0, located: 0, silent: 0, accused: 0, findings: 0, notes: [] };
}

function plant(
  whole: Whole,
  known: Outcome,
  name: string,
  tally: Tally,
  random: () => number,
): void {
  const faulty = ALL_FAULTS[name]?.(whole, random);
  if (faulty == null) return;
  const names = new Set(known.found.map(({ name }) => name));
  const text = `${faulty.lines.join("\n")}\n`;
  const outcome = outcomeOf(text, whole.read.rules, faulty.numbers);
  const found = outcome.found.filter((each) => !names.has(each.name));
  const isFound = found.length > 0;
  const located = found.some((each) => isLocated(whole, faulty, each));
  const accused = found.filter(({ kind }) => !OF_RECORDING.includes(kind));
  tally.tries++;
  tally.findings += found.length;
  if (isFound) tally.found++;
  if (located) tally.located++;
  if (!isFound && isAlike(outcome, known)) tally.silent++;
  if (accused.length > 0) tally.accused++;
  if (!located || accused.length > 0)
    tally.notes.push(
      `${whole.read.rules} ${whole.lines.length} ${name} ${faulty.about.join(",")}: ${found.map(({ text }) => text).join("; ")}`,
    );
}

/** Is each write decided as it is in the whole recording? */
function isAlike(outcome: Outcome, known: Outcome): boolean {
  return [...outcome.verdicts].every(([line, verdict]) => known.verdicts.get(line) === verdict);
}

/** The tallies as lines of a table. */
export function tableOf(tallies: ReadonlyMap<string, Tally>): string[] {
  const share = (part: number, of: number): string =>
    `${((100 * part) / Math.max(1, of)).toFixed(0)} %`.padStart(6);
  return [...tallies].map(([name, { tries, found, located, silent, accused, findings }]) =>
    [
      name.padEnd(40),
      String(tries).padStart(5),
      share(found, tries),
      share(located, tries),
      share(silent, tries),
      share(accused, tries),
      (findings / Math.max(1, tries)).toFixed(1).padStart(5),
    ].join(" "),
  );
}
