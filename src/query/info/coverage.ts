// What a recording can tell at all, by the probes whose lines it has.

import type Database from "better-sqlite3";
import { type Platform, type Sees } from "../../domain/platform/platform.js";
import { type ProbeLevel } from "../../domain/platform/facts.js";
import { platformOf } from "../../platforms/registry.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { isPredicted, knownShare } from "../state/predicted.js";

/** Where the IRTEs of a recording come from. */
export interface Coverage {
  /** observed: by lines that show each write; predicted: by the rules; none: the recording shows neither. */
  readonly irtes: "observed" | "predicted" | "none";
  /** Which share of the bits of the predicted IRTEs is known, 0 to 1, over all events; null = none is predicted. */
  readonly known: number | null;
}

/** Finds out where the IRTEs of a recording come from. */
export function coverage(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
): Coverage {
  if (platformOf(recording).shows(seesOf(who), "IRTE writes"))
    return { irtes: "observed", known: null };
  if (!isPredicted(sqlite, recording.id)) return { irtes: "none", known: null };
  return { irtes: "predicted", known: knownShare(sqlite, recording) };
}

/** The set of probes that the names of a recording point to. */
export function probeLevel(recording: Recording, who: Directory): ProbeLevel {
  return platformOf(recording).probeLevelOf(seesOf(who));
}

function seesOf({ names }: Directory): Sees {
  return (name) => names.has(name);
}

/** What the recording leaves open, one sentence each; empty while its import is not complete. */
export function cannotDecide(who: Directory, recording: Recording): readonly string[] {
  if (recording.state === "importing") return [];
  const sees = seesOf(who);
  const platform = platformOf(recording);
  if (platform.isNameOnly === true)
    return [`anything of its tables (platform ${platform.id} is recognised and not read yet)`];
  const missing = [
    ...(platform.shows(sees, NAMES)
      ? []
      : [`which IRTE a host IRQ has (no line of ${list(platform, NAMES)})`]),
    ...platform.undecided(sees).map(({ name, what }) => `${what} (no line of ${name})`),
    ...(platform.shows(sees, WRITES) ? [raced(platform)] : []),
  ];
  return recording.rules === null
    ? [
        ...missing,
        "which vCPU a GA tag names (no rules profile, or several that read it differently)",
      ]
    : missing;
}

const NAMES = "IRTE of a host IRQ";
const WRITES = "IRTE writes";

function list(platform: Platform, fact: typeof NAMES | typeof WRITES): string {
  return platform.probesShowing(fact).join(", ");
}

/** A probe inside the lock would tell it: irqtwin recognises that one, and does not use it. */
function raced(platform: Platform): string {
  return `the order of two writes of one IRTE that raced (${list(platform, WRITES)} prints before the table's lock)`;
}
