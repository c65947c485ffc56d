// Counters under the lanes, drawn by uPlot on the same axis of time.

import { computed, effect } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { ask, pathOf } from "../data/client.js";
import { type CountersAnswer, type CounterSeries } from "../pure/answers.js";
import { colours } from "../paint/theme.js";
import { type Span } from "../pure/url-state.js";
import { type Row } from "../pure/layout.js";
import { view } from "../state/data.js";
import { intervalsCame, rows, size } from "../state/lanes.js";
import { latest } from "../state/latest.js";
import { recordingId } from "../state/url.js";

const counters = latest(
  async (
    {
      id,
      from,
      to,
      columns,
    }: {
      readonly id: number;
      readonly from: bigint;
      readonly to: bigint;
      readonly columns: number;
    },
    abort,
  ) => {
    await intervalsCame();
    return ask<CountersAnswer>(
      pathOf(id, "counters", { from: String(from), to: String(to), columns }),
      abort,
    );
  },
  { patient: true },
);

const counterRows = computed(() => rows.value.filter(({ lane }) => lane?.kind === "counter"));

const hasCounters = computed(() => counterRows.value.length > 0);

let following = false;

function follow(): void {
  if (following) return;
  following = true;
  effect(() => {
    const [id, span, wide] = [recordingId.value, view.value, size.value.width];
    if (id === null || span === null || wide === 0 || !hasCounters.value) return;
    const columns = Math.max(20, Math.floor(wide / 8));
    counters.ask({ id, from: span.start, to: span.start + span.length, columns });
  });
}

/** The plots of the counters' rows. */
export function CounterLanes(): JSX.Element {
  useEffect(follow, []);
  const answer = counters.state.value.value;
  return (
    <>
      {counterRows.value.map((row) => {
        const series = answer?.series.find(({ id }) => id === row.id);
        return series === undefined || answer === null ? null : (
          <Counter key={row.id} row={row} series={series} answer={answer} />
        );
      })}
    </>
  );
}

interface CounterProps {
  readonly row: Row;
  readonly series: CounterSeries;
  readonly answer: CountersAnswer;
}

function Counter({ row, series, answer }: CounterProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [ink, wide] = [colours.value, size.value.width];
  const span = view.value;
  const sums = sumsOf(series, answer.columns);
  const most = Math.max(0, ...sums.map((each) => each ?? 0));
  useEffect(() => {
    if (box.current === null || wide === 0 || span === null) return undefined;
    const isShare = series.unit === "%";
    const chart = new uPlot(
      plotOptions({
        ...{ width: wide, height: row.height - 6, ink, most },
        paths: barsOf(answer, span, isShare ? 0 : Math.round(devicePixelRatio)),
      }),
      [xsOf(answer, span), sums],
      box.current,
    );
    return () => chart.destroy();
  }, [row.height, series, answer, ink, wide, span]);
  return (
    <div
      class="counter"
      style={{ top: `${row.top + 3}px`, height: `${row.height - 6}px` }}
      role="img"
      aria-label={`${row.lane?.name ?? row.id}, at most ${rounded(most)} ${series.unit}`}
    >
      <div ref={box} />
      <span class="counter-most">
        max {rounded(most)}{" "}
        {series.unit.replace("per 10^9 ticks", "/ G tick").replace("per second", "/ s")}
      </span>
    </div>
  );
}

function rounded(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
}

function sumsOf({ parts }: CounterSeries, columns: number): (number | null)[] {
  return Array.from({ length: columns }, (_, column) => {
    const values = parts.map(({ values: all }) => all[column]).filter((each) => each != null);
    return values.length === 0 ? null : values.reduce((sum, each) => sum + each, 0);
  });
}

/** The begins of columns as parts of the view, so that no absolute time becomes a float. */
function xsOf(answer: CountersAnswer, span: Span): number[] {
  return Array.from({ length: answer.columns }, (_, column) => edgeOf(column, answer, span));
}

/** The begin of a column, which is the end of the one before, as a part of the view. */
function edgeOf(column: number, { from, bucket }: CountersAnswer, { start, length }: Span): number {
  return (Number(BigInt(from) - start) + column * bucket) / Number(length);
}

/**
 * A bar for each column, on whole pixels. Counts are apart by a pixel; shares, which are states that go on from column
 * to column, join.
 */
function barsOf(answer: CountersAnswer, span: Span, gap: number): uPlot.Series.PathBuilder {
  return (chart, series) => {
    const fill = new Path2D();
    const ground = chart.valToPos(0, "y", true);
    chart.data[series]?.forEach((value, column) => {
      if (value == null || value === 0) return;
      const [left, right] = [column, column + 1].map((each) =>
        Math.round(chart.valToPos(edgeOf(each, answer, span), "x", true)),
      ) as [number, number];
      const top = chart.valToPos(value, "y", true);
      fill.rect(left, top, Math.max(1, right - left - gap), ground - top);
    });
    return { fill };
  };
}

interface PlotLook {
  readonly width: number;
  readonly height: number;
  readonly ink: Readonly<Record<string, string>>;
  /** The value at the top. */
  readonly most: number;
  readonly paths: uPlot.Series.PathBuilder;
}

function plotOptions({ width, height, ink, most, paths }: PlotLook): uPlot.Options {
  const stroke = ink["count"] ?? "grey";
  return {
    ...{ width, height, padding: [0, 0, 0, 0], legend: { show: false }, cursor: { show: false } },
    scales: {
      x: { time: false, range: [0, 1] },
      y: { range: [0, Math.max(most, 1e-9)] },
    },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      {
        fill: stroke,
        stroke,
        width: 0,
        points: { show: false },
        paths,
      },
    ],
  };
}
