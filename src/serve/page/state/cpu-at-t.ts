// What runs on the selected host CPU at T. The state at T tells of vCPUs, and of a large recording not of all, so the
// CPU's own lane is asked: one interval, exact, however many changes share a column of the picture.

import { computed, effect } from "@preact/signals";
import { askIntervals } from "../data/client.js";
import { rowAt, type LaneRows } from "../pure/wire.js";
import { laneOf } from "./actions.js";
import { laneById } from "./data.js";
import { latest } from "./latest.js";
import { t } from "./moments.js";
import { sourceText, stateText } from "./tip.js";
import { recordingId, url } from "./url.js";

interface Asked {
  readonly id: number;
  readonly lane: string;
  readonly time: bigint;
}

/** What a lane says at a moment. */
export interface CpuMoment {
  /** The moment. */
  readonly time: bigint;
  /** The vCPU that runs there, or that nothing is known; null = no vCPU is known to run. */
  readonly says: string | null;
  /** Since when; null = the same. */
  readonly from: bigint | null;
  /** Until when; null = to the end, or the same. */
  readonly to: bigint | null;
  /** The event that began it; null = none. */
  readonly seq: number | null;
  /** Where it is known from; "" = the same. */
  readonly source: string;
}

/** The lane at T. */
export const cpuAtT = latest(async ({ id, lane, time }: Asked, abort): Promise<CpuMoment> => {
  const answer = await askIntervals(id, [lane], { start: time, length: 1n }, 0, abort);
  const rows = answer.lanes.get(lane);
  const row = rows === undefined ? -1 : rowAt(rows, Number(time - answer.from));
  if (rows === undefined || row < 0)
    return { time, says: null, from: null, to: null, seq: null, source: "" };
  return { time, ...saidBy(rows, row, answer.from) };
});

function saidBy(rows: LaneRows, row: number, base: bigint): Omit<CpuMoment, "time"> {
  const [end, seq] = [rows.to[row] ?? NaN, rows.seq[row] ?? NaN];
  return {
    says: stateText(rows, row),
    from: base + BigInt(rows.from[row] ?? 0),
    to: Number.isNaN(end) ? null : base + BigInt(end),
    seq: Number.isNaN(seq) ? null : seq,
    source: sourceText(rows, row),
  };
}

// The address changes with every move of the view: only what the question depends on asks anew.
const asked = computed(() => {
  const { subject } = url.value;
  return subject?.kind === "cpu" ? laneOf(subject) : null;
});

/** Asks whenever a CPU is selected and T moves. */
export function followCpu(): void {
  effect(() => {
    const [id, lane, moment] = [recordingId.value, asked.value, t.value];
    const isThere = lane !== null && laneById.value.has(lane);
    cpuAtT.ask(id === null || moment === null || !isThere ? null : { id, lane, time: moment.time });
  });
}
