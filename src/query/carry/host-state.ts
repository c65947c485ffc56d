// What a recording knows of its host at its end, as a dump that another recording can begin with.

import { atOnce } from "../../base/steps.js";
import type Database from "better-sqlite3";
import { findPlatform } from "../../platforms/registry.js";
import { eventsBetween, seqAtTime } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { stateAt } from "../../timeline/read/state-at.js";
import { at } from "../state/at.js";
import { threadsOf } from "./threads.js";
import { entryFacts, type CarriedFact } from "./entries.js";
import { Touched } from "./touched.js";
import { CarriedVms, rowsOf } from "./vms.js";

/** How a state is dumped. */
export interface HostStateOptions {
  /**
   * Of what events were about so shortly before the end only names are told, because the kernel may still be changing it: in
   * units of the clock. Absent = a tenth of a second, or 10^9 ticks.
   */
  readonly untouched?: bigint | undefined;
}

const UNTOUCHED = { ns: 100_000_000n, ticks: 1_000_000_000n } as const;
const HEAD = '{"irqtwin_state": 1, "facts": [';

/** The dump; null = nothing is known, or its platform carries no state over. */
export function hostStateOf(
  sqlite: Database.Database,
  recording: Recording,
  { untouched = UNTOUCHED[recording.clockUnit] }: HostStateOptions = {},
): string | null {
  const isCarried = findPlatform(recording.platform)?.carriesState === true;
  if (!isCarried || recording.lastSeq === null) return null;
  const until = (recording.last ?? 0n) - untouched;
  const since = seqAtTime(sqlite, recording, until) + 1;
  const { irtes } = atOnce(at(sqlite, recording, "end"));
  const { kvm } = stateAt(sqlite, recording, recording.lastSeq);
  const touched = new Touched(eventsBetween(sqlite, since, recording.lastSeq));
  const vms = new CarriedVms(
    kvm,
    rowsOf(sqlite, recording.id, threadsOf(sqlite, recording, kvm)),
    touched,
  );
  const facts = [...entryFacts(irtes, until), ...vms.facts()];
  return facts.length === 0 ? null : `${HEAD}${facts.map(asLine).join(",\n")}]}\n`;
}

function asLine(fact: CarriedFact): string {
  return JSON.stringify(fact);
}
