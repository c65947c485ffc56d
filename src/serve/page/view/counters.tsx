// Counters under the lanes, drawn by uPlot on the same axis of time.

import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type CountersAnswer, type CounterSeries } from "../pure/answers.js";
import { colours } from "../paint/theme.js";
import { barsOfParts, partsOf, type CounterBar } from "../pure/counter-bars.js";
import { COUNTER_MARGIN, partToken } from "../paint/counters.js";
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
  const high = row.height - 2 * COUNTER_MARGIN;
  const sums = sumsOf(series, answer.columns);
  const most = Math.max(0, ...sums.map((each) => each ?? 0));
  const parts = partsOf(series);
  useEffect(() => {
    if (box.current === null || wide === 0 || span === null) return undefined;
    const gap = series.unit === "%" ? 0 : Math.round(devicePixelRatio);
    const bars = barsOfParts(parts, answer, span);
    const chart = new uPlot(
      plotOptions({ ...{ width: wide, height: high, ink, most, gap, bars }, parts: parts.length }),
      [[0, 1], ...parts.map(() => [0, 0])],
      box.current,
    );
    return () => chart.destroy();
  }, [high, series, answer, ink, wide, span]);
  return (
    <div
      class="counter-plot"
      style={{ top: `${row.top + COUNTER_MARGIN}px`, height: `${high}px` }}
      role="img"
      aria-label={`${row.lane?.name ?? row.id}, at most ${rounded(most)} ${series.unit}`}
    >
      <div ref={box} />
      {parts.length > 1 && (
        <span class="counter-parts">
          {parts.map(({ name }, part) => (
            <span key={name}>
              <i style={{ background: ink[partToken(part, parts.length)] }} />
              {name}
            </span>
          ))}
        </span>
      )}
      <span class="counter-most">
        max {rounded(most)}{" "}
        {series.unit.replace("per 10^9 ticks", "/ G tick").replace("per second", "/ s")}
      </span>
    </div>
  );
}

interface PlotLook {
  readonly width: number;
  readonly height: number;
  readonly ink: Readonly<Record<string, string>>;
  /** The value at the top. */
  readonly most: number;
  readonly bars: readonly CounterBar[];
  readonly parts: number;
  /** Device pixels between columns: counts are apart; shares, which are states that go on, join. */
  readonly gap: number;
}

function plotOptions({ width, height, ink, most, bars, parts, gap }: PlotLook): uPlot.Options {
  return {
    ...{ width, height, padding: [0, 0, 0, 0], legend: { show: false }, cursor: { show: false } },
    scales: {
      x: { time: false, range: [0, 1] },
      y: { range: [0, Math.max(most, 1e-9)] },
    },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      ...Array.from({ length: parts }, (_, part) => ({
        ...{ fill: ink[partToken(part, parts)] ?? "grey", width: 0, points: { show: false } },
        paths: pathOf(
          bars.filter((bar) => bar.part === part),
          gap,
        ),
      })),
    ],
  };
}

/** A path of bars, on whole pixels from side to side. */
function pathOf(bars: readonly CounterBar[], gap: number): uPlot.Series.PathBuilder {
  return (chart) => {
    const fill = new Path2D();
    for (const bar of bars) {
      const [left, right] = [bar.left, bar.right].map((x) =>
        Math.round(chart.valToPos(x, "x", true)),
      ) as [number, number];
      const [top, bottom] = [
        chart.valToPos(bar.top, "y", true),
        chart.valToPos(bar.bottom, "y", true),
      ];
      fill.rect(left, top, Math.max(1, right - left - gap), bottom - top);
    }
    return { fill };
  };
}
