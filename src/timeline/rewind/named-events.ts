// What the events up to a cut name, and how many they are: read once, a few thousand at a time.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { KIND } from "../../domain/events/kinds.js";
import { type Recording } from "../read/recordings.js";

/** Where a copy ends. */
export interface Cut {
  /** Its last recording; those before it are copied whole, those after it are not. */
  readonly recording: Recording;
  /** Its last event. */
  readonly seq: number;
  /** The moment, which can be later than the event. */
  readonly time: bigint;
  /** The last line up to the moment that could not be read; null = there is none. */
  readonly unread: number | null;
}

/** What the events of the recording up to the cut say together. */
export interface NamedEvents {
  /** How many there are. */
  readonly rows: number;
  /** How many of them are gaps. */
  readonly gaps: number;
  /** The line of the cut's event; 0 where the recording has none up to the cut. */
  readonly line: number;
  /** The rows of the vCPUs that they name. */
  readonly vcpus: ReadonlySet<number>;
  /** The rows of the tasks that they name. */
  readonly tasks: ReadonlySet<number>;
  /** The rows of the VMs that they name. */
  readonly vms: ReadonlySet<number>;
}

/** What no event says. */
export const NOTHING_NAMED: NamedEvents = {
  ...{ rows: 0, gaps: 0, line: 0 },
  ...{ vcpus: new Set(), tasks: new Set(), vms: new Set() },
};

const ROWS_PER_STEP = 4096;

type Row = readonly [
  line: number,
  kind: number,
  vcpu: number | null,
  task: number | null,
  vm: number | null,
];

/** Reads the events of the recording that is cut, which are copied already. */
export function* namedEvents(
  sqlite: Database.Database,
  { recording, seq: end }: Cut,
): Steps<NamedEvents> {
  const page = sqlite
    .prepare<[number, number], Row>(
      "SELECT line, kind, vcpu, task, vm FROM main.event WHERE seq BETWEEN ? AND ? ORDER BY seq",
    )
    .raw();
  const [vcpus, tasks, vms] = [new Set<number>(), new Set<number>(), new Set<number>()];
  let [rows, gaps, last, highest] = [0, 0, 0, 0];
  for (let from = recording.firstSeq; from <= end; from += ROWS_PER_STEP) {
    for (const [line, kind, vcpu, task, vm] of page.all(
      from,
      Math.min(end, from + ROWS_PER_STEP - 1),
    )) {
      rows++;
      if (kind === KIND.events_lost) gaps++;
      last = line;
      highest = Math.max(highest, line);
      if (vcpu !== null) vcpus.add(vcpu);
      if (task !== null) tasks.add(task);
      if (vm !== null) vms.add(vm);
    }
    yield;
  }
  // A dump's line stands above those of earlier events; sorted lines are in no order at all.
  return { rows, gaps, line: recording.isSorted ? last : highest, vcpus, tasks, vms };
}
