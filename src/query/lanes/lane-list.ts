// Which lanes a recording has, in groups: for each subject those of its platform's table, in the order of the table.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import {
  named,
  type LaneDescription,
  type LaneFacts,
  type LaneRowsFrom,
  type LaneTable,
} from "../../domain/platform/lanes.js";
import { irteName } from "../../domain/values/names.js";
import { type LaneKind } from "../../platforms/lane-kinds.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { countedLinks, countedMarkers, countedRoutes } from "./interval-counts.js";
import { type Lane, type LaneGap, type LaneGroup, type Lanes, type LanesOptions } from "./lane.js";
import { type LaneCounts } from "./lane-counts.js";
import { type LaneSource } from "./lane-reader.js";
import { laneStore } from "./lane-store.js";
import { stylesOf } from "./lane-styles.js";
import { listedGroups, type ListedGroup, type ListedSubject } from "./listed-subjects.js";

/** Lists the lanes of a recording. */
export function* lanesOf(
  sqlite: Database.Database,
  recording: Recording,
  { quick = false }: LanesOptions = {},
): Steps<Lanes> {
  const [source, store] = laneStore(sqlite, recording);
  const counts = yield* store.counts(source, quick);
  const report = quick ? store.reportInMemory : yield* store.reportSoFar(source);
  const countOf = yield* counters(source, counts, report?.findings.length ?? null);
  const { table, bounds } = source;
  const { firstSeq, lastSeq } = recording;
  const groups: LaneGroup[] = [];
  for (const group of yield* listedGroups(source, counts.hostIrq)) {
    const kinds = Object.entries(table.kinds).filter(([, each]) => each.group === group.kind);
    if (kinds.length > 0)
      groups.push({ ...headOf(group), lanes: lanesOfGroup(kinds, group, countOf) });
  }
  return {
    groups,
    start_ns: bounds === null ? null : String(bounds.least),
    end_ns: bounds === null ? null : String(bounds.greatest),
    first_seq: firstSeq,
    last_seq: lastSeq,
    gaps: gapsOf(source),
    states: stylesOf(table),
    table: { ...table, kinds: withoutStates(table) },
  };
}

/** States are told with their looks, all in one list. */
function withoutStates({ kinds }: LaneTable): Readonly<Record<string, LaneFacts>> {
  const facts = Object.entries(kinds).map(([kind, of]) => {
    const members = Object.entries(of).filter(([name]) => name !== "states");
    return [kind, Object.fromEntries(members)];
  });
  return Object.fromEntries(facts) as Readonly<Record<string, LaneFacts>>;
}

function headOf({ id, name, kind, note }: ListedGroup): Omit<LaneGroup, "lanes"> {
  return { id, name, kind, note };
}

function lanesOfGroup(
  kinds: readonly (readonly [kind: string, of: LaneDescription])[],
  { id, subjects }: ListedGroup,
  countOf: CountOf,
): readonly Lane[] {
  return subjects.flatMap((about) =>
    kinds.flatMap(([kind, of]) => {
      if (of.subject !== about.subject) return [];
      const changes = countOf[of.rows_from](about);
      const isListed = of.listed === "always" || changes !== 0;
      return isListed ? [laneOf(kind, of, id, about, changes)] : [];
    }),
  );
}

function laneOf(
  kind: string,
  of: LaneDescription,
  group: string,
  { name, short, note }: ListedSubject,
  changes: number | null,
): Lane {
  return {
    id: named(of.id, name),
    name: named(of.name, name, short),
    label: named(of.label, name, short),
    note: of.under === null ? note : "",
    // A platform that is made known by addPlatform() can have kinds of its own.
    kind: kind as LaneKind,
    group,
    changes,
  };
}

/** How many rows a subject's lane has, by what they come from; null = not counted yet. */
type CountOf = Readonly<Record<LaneRowsFrom, (of: ListedSubject) => number | null>>;

function* counters(
  source: LaneSource,
  counts: LaneCounts,
  findings: number | null,
): Steps<CountOf> {
  const links = new Map(
    countedLinks(source).map(({ segment, devid, irte_index, changes }) => [
      irteName(segment, devid, irte_index),
      changes,
    ]),
  );
  yield;
  const routes = countedRoutes(source);
  yield;
  const own = ({ changes }: ListedSubject): number | null => changes;
  const ticks = ({ name }: ListedSubject): number | null => counts.ticks(name);
  return {
    findings: () => findings,
    markers: () => countedMarkers(source),
    ...{ runs: own, "run states": own, entries: own, counts: own },
    inhibits: ({ name }) => counts.inhibits(name),
    routes: ({ name }) => routes.get(name) ?? 0,
    links: ({ name }) => links.get(name) ?? 0,
    fates: ({ name }) => counts.fates(name),
    ...{ "moments of a vCPU": ticks, "moments of an entry": ticks },
  };
}

const GAPS_SQL = `SELECT cast(from_ns AS text) AS from_ns, cast(to_ns AS text) AS to_ns, lost, cpu
  FROM v_gap WHERE recording_id = ? ORDER BY to_seq`;

/** Where events are missing. What one CPU loses can concern any lane. */
export function gapsOf({ sqlite, recording }: LaneSource): readonly LaneGap[] {
  return prepared<[number], Omit<LaneGap, "lanes">>(sqlite, GAPS_SQL)
    .all(recording.id)
    .map((gap) => ({ ...gap, lanes: null }));
}
