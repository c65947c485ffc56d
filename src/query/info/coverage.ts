// What a recording can tell at all, by the probes whose lines it has.

import type Database from "better-sqlite3";
import { PROBE } from "../../domain/amd/probes.js";
import { type Level } from "../../domain/amd/probes/row.js";
import { levelOf, probesShowing, shows, undecided } from "../../domain/amd/probes/sees.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { isPredicted, knownShare } from "../state/predicted.js";

/** Where the IRTEs of a recording come from. */
export interface Coverage {
  /** observed: by lines of irte_write; predicted: by the rules; none: the recording shows neither. */
  readonly irtes: "observed" | "predicted" | "none";
  /** Which share of the bits of the predicted IRTEs is known, 0 to 1, over all events; null = none is predicted. */
  readonly known: number | null;
}

/** Finds out where the IRTEs of a recording come from. */
export function coverage(
  sqlite: Database.Database,
  recording: Recording,
  { names }: Directory,
): Coverage {
  if (names.has(PROBE.irte_write)) return { irtes: "observed", known: null };
  if (!isPredicted(sqlite, recording.id)) return { irtes: "none", known: null };
  return { irtes: "predicted", known: knownShare(sqlite, recording) };
}

/** The set of probes that a recording was made with, as far as its names tell; none = no IRTE write. */
export type ProbeLevel = Level | "none";

/** The set of probes that the names of a recording point to. */
export function probeLevel({ names }: Directory): ProbeLevel {
  return levelOf((name) => names.has(name));
}

/** A probe inside the lock would tell it: irqtwin recognises that one, and does not use it. */
const RACED = `the order of two writes of one IRTE that raced (${PROBE.irte_write} prints before the table's lock)`;

/** What the recording leaves open, one sentence each; empty while its import is not complete. */
export function cannotDecide({ names }: Directory, recording: Recording): readonly string[] {
  if (recording.state === "importing") return [];
  const sees = (name: string): boolean => names.has(name);
  const missing = [
    ...(shows(sees, "IRTE of a host IRQ") ? [] : [IRTES_UNNAMED]),
    ...undecided(sees).map(({ name, what }) => `${what} (no line of ${name})`),
    ...(sees(PROBE.irte_write) ? [RACED] : []),
  ];
  return recording.rules === null
    ? [...missing, "which vCPU a GA tag names (no rules profile)"]
    : missing;
}

const IRTES_UNNAMED = `which IRTE a host IRQ has (no line of ${probesShowing("IRTE of a host IRQ").join(", ")})`;
