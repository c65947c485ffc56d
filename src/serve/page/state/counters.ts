// The counters under the lanes: what is asked for, and what was told.

import { computed, effect } from "@preact/signals";
import { ask, pathOf } from "../data/client.js";
import { type CountersAnswer, type CounterSeries } from "../pure/answers.js";
import { formOf } from "../pure/kinds.js";
import { kinds, view } from "./data.js";
import { intervalsCame, rows, size } from "./lanes.js";
import { latest } from "./latest.js";
import { dialog, twinLane } from "./places.js";
import { recordingId } from "./url.js";

interface Asked {
  readonly id: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly columns: number;
}

/** The counters in the columns of the view. */
export const counters = latest(
  async ({ id, from, to, columns }: Asked, abort) => {
    await intervalsCame();
    return ask<CountersAnswer>(
      pathOf(id, "counters", { from: String(from), to: String(to), columns }),
      abort,
    );
  },
  { patient: true },
);

/** The rows of counters. */
export const counterRows = computed(() =>
  rows.value.filter(({ lane }) => lane !== null && formOf(kinds.value, lane) === "counter"),
);

/** Counters are seen, or the table of one is. */
const isWanted = computed(() => {
  const isListed = dialog.value === "twin" && twinLane.value?.startsWith("counter:") === true;
  return counterRows.value.length > 0 || isListed;
});

let following = false;

/** Asks for the counters whenever what is in sight changes. */
export function followCounters(): void {
  if (following) return;
  following = true;
  effect(() => {
    const [id, span, wide] = [recordingId.value, view.value, size.value.width];
    if (id === null || span === null || wide === 0 || !isWanted.value) return;
    const columns = Math.max(20, Math.floor(wide / 8));
    counters.ask({ id, from: span.start, to: span.start + span.length, columns });
  });
}

/** The whole value of each column; null = there is none. */
export function sumsOf({ parts }: CounterSeries, columns: number): (number | null)[] {
  return Array.from({ length: columns }, (_, column) => {
    const values = parts.map(({ values: all }) => all[column]).filter((each) => each != null);
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0);
  });
}

/** A value to show: whole, or to two digits. */
export function rounded(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
}
