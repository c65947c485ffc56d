// Counters under the lanes, drawn by uPlot on the same axis of time.

import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type CountersAnswer, type CounterSeries } from "../pure/answers.js";
import { colours } from "../paint/theme.js";
import { type Span } from "../pure/url-state.js";
import { type Row } from "../pure/layout.js";
import { view } from "../state/data.js";
import { counterRows, counters, followCounters, rounded, sumsOf } from "../state/counters.js";
import { size } from "../state/lanes.js";

/** The plots of the counters' rows. */
export function CounterLanes(): JSX.Element {
  useEffect(followCounters, []);
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
