// The lane of an IRTE's irqfds: stays on an ir_list, and what became of the irqfd meanwhile.

import { KIND } from "../../domain/events/kinds.js";
import { irteName, type IrteRef } from "../../domain/values/names.js";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneTable } from "../../domain/platform/lanes.js";
import { LANE_FLAGS, LANE_SOURCES, isWrong, unknownRow, wordsOf } from "./lane-styles.js";
import { pagesOf, type LaneReader, type LaneSource } from "./lane-reader.js";
import { type LaneRowsBuilder, type RowMeaning } from "./lane-rows.js";

interface LinkRow {
  readonly from_seq: number;
  readonly to_seq: number | null;
  readonly begin: number;
  readonly end: number | null;
  readonly vm_id: number | null;
  readonly vcpu_id: number | null;
  readonly gsi: number | null;
}

const LINK_SQL = `SELECT from_seq, to_seq, from_ns - :base AS begin, to_ns - :base AS end, vm_id, vcpu_id, gsi
  FROM v_link WHERE recording_id = :recording AND devid = ? AND irte_index = ? AND irte = ?
    AND from_seq BETWEEN :first AND :last ORDER BY from_seq`;

/** Where an irqfd was deassigned, and where its producer's removal had returned. */
interface Ends {
  readonly seq: number;
  readonly begin: number;
  readonly state: LinkState;
}

type LinkState = "irqfd.listed" | "irqfd.deassigned" | "irqfd.stale";

/** The lane of the irqfds of an IRTE. */
export function irqfdLane({ segment, devid, index }: IrteRef): LaneReader {
  return function* (source, rows, known) {
    const subject = [devid, index, irteName(segment, devid, index)];
    const links: LinkRow[] = [];
    yield* pagesOf<LinkRow>(source, LINK_SQL, subject, (row) => links.push(row));
    for (const link of links) {
      const why = known.links(link.vm_id);
      if (why === null) addLink(source, link, rows);
      else rows.add(link.begin, link.end, link.from_seq, unknownRow("irqfd.unknown", why));
      yield;
    }
    rows.cut(known.cuts, unknownRow("irqfd.unknown", known.unread));
  };
}

/** A stay, cut where the irqfd is deassigned, and where it should be off the list. */
function addLink(source: LaneSource, link: LinkRow, rows: LaneRowsBuilder): void {
  const { table } = source;
  let [seq, begin] = [link.from_seq, link.begin];
  let state: LinkState = "irqfd.listed";
  for (const next of endsWithin(source, link)) {
    rows.add(begin, next.begin, seq, linkMeaning(table, state, link));
    [seq, begin, state] = [next.seq, next.begin, next.state];
  }
  rows.add(begin, link.end, seq, linkMeaning(table, state, link));
}

function linkMeaning(
  table: LaneTable,
  state: LinkState,
  { vm_id, vcpu_id, gsi }: LinkRow,
): RowMeaning {
  const vcpu = `${vm_id === null ? "vm?" : `vm${vm_id}`}/vcpu${vcpu_id ?? "?"}`;
  return {
    state,
    label: `${wordsOf(table, state)} of ${vcpu}${gsi === null ? "" : `  gsi ${gsi}`}`,
    source: LANE_SOURCES.observed,
    flags: isWrong(state) ? LANE_FLAGS.wrong : 0,
  };
}

const END_SQL = `SELECT e.seq, e.time_ns - :base AS begin, e.kind, r.line AS returned
  FROM event AS e JOIN vm ON vm.id = e.vm LEFT JOIN call_return AS r ON r.seq = e.seq
  WHERE e.seq > :first AND e.seq < :last AND e.gsi = ? AND vm.vm_id = ?
    AND e.kind IN (${KIND.irqfd_deassigned}, ${KIND.producer_removed}) ORDER BY e.seq`;

const AFTER_SQL = `SELECT seq, time_ns - :base AS begin FROM event
  WHERE seq > :first AND line > ? AND recording_id = :recording ORDER BY seq LIMIT 1`;

function endsWithin({ sqlite, recording, base }: LaneSource, link: LinkRow): readonly Ends[] {
  if (link.gsi === null || link.vm_id === null) return [];
  const last = link.to_seq ?? (recording.lastSeq ?? 0) + 1;
  const found = prepared<
    unknown[],
    { seq: number; begin: number; kind: number; returned: number | null }
  >(sqlite, END_SQL).all({ base, first: link.from_seq, last }, link.gsi, link.vm_id);
  const ends: Ends[] = [];
  for (const { seq, begin, kind, returned } of found) {
    if (kind === KIND.irqfd_deassigned) {
      if (ends.length === 0) ends.push({ seq, begin, state: "irqfd.deassigned" });
      continue;
    }
    // The function takes the irqfd off the list before it returns.
    if (ends.length === 0 || returned === null || ends.at(-1)?.state === "irqfd.stale") continue;
    const after = prepared<unknown[], { seq: number; begin: number }>(sqlite, AFTER_SQL).get(
      { base, first: seq, recording: recording.id },
      returned,
    );
    if (after !== undefined && after.seq < last) ends.push({ ...after, state: "irqfd.stale" });
  }
  return ends;
}
