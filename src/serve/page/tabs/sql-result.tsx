// The rows of a query: a table whose times are links, or a plot where a column is a time.

import { computed, signal } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type SqlAnswer } from "../pure/answers.js";
import { count } from "../pure/clock.js";
import { colours, fonts } from "../paint/theme.js";
import { setT } from "../state/actions.js";
import { facts, limits } from "../state/data.js";
import { copyTime } from "../state/readout.js";
import { go, url } from "../state/url.js";
import { useSize } from "../paint/use-canvas.js";

/** The result is shown as a plot, where it can be one. */
const isPlot = computed(() => url.value.result === "plot");

/** The row of the plot at the pointer; null = the pointer is not on it. */
const pointed = signal<number | null>(null);

const STROKES = ["run", "fate-wake", "text2", "host-edge"] as const;

/** At least so many pixels from one time of the plot's axis to the next. */
const TIME_SPACE = 110;

/** The result. */
export function Result({ answer }: { readonly answer: SqlAnswer }): JSX.Element {
  const plot = plotOf(answer);
  return (
    <>
      <div class="result-head">
        {plot !== null && (
          <div class="switch" role="radiogroup" aria-label="Result as">
            {[false, true].map((each) => (
              <button
                key={String(each)}
                role="radio"
                class="plain"
                aria-checked={isPlot.value === each}
                onClick={() => go({ result: each ? "plot" : "table" })}
              >
                {each ? "plot" : "table"}
              </button>
            ))}
          </div>
        )}
        {plot !== null && isPlot.value && <Legend plot={plot} />}
        <span class="grow" />
        <span class="quiet">{summary(answer)}</span>
      </div>
      {plot !== null && isPlot.value ? <Plot plot={plot} /> : <ResultTable answer={answer} />}
    </>
  );
}

function summary({ rows, truncated, elapsed_ms }: SqlAnswer): string {
  const told = `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
  return `${truncated ? `first ${told}, there are more` : told}, ${elapsed_ms} ms`;
}

function ResultTable({ answer: { columns, rows } }: { readonly answer: SqlAnswer }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0}>
      <table class="list" aria-label="Result">
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {cellsOf(row, columns).map((cell, column) => (
                <td key={column} class="mono">
                  <Cell name={columns[column]?.name ?? ""} value={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellsOf(
  row: SqlAnswer["rows"][number],
  columns: SqlAnswer["columns"],
): readonly unknown[] {
  if (Array.isArray(row)) return row as readonly unknown[];
  const named = row as Readonly<Record<string, unknown>>;
  return columns.map(({ name }) => named[name]);
}

/** A time or an event is a link that sets T. */
function Cell({ name, value }: { readonly name: string; readonly value: unknown }): JSX.Element {
  if (value === null || value === undefined) return <span class="faint">–</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isNumber = /^\d+$/.test(text);
  if (isNumber && /(?:^|_)ns$/.test(name) && isInside(BigInt(text))) {
    return (
      <button class="link" title={text} onClick={() => setT({ time: BigInt(text) })}>
        {copyTime(text)}
      </button>
    );
  }
  if (isNumber && /(?:^|_)seq$/.test(name) && isEvent(Number(text))) {
    return (
      <button class="link" onClick={() => setT({ seq: Number(text) })}>
        @{text}
      </button>
    );
  }
  return <>{text}</>;
}

function isInside(time: bigint): boolean {
  const all = limits.value;
  return all !== null && time >= all.start && time <= all.end;
}

function isEvent(seq: number): boolean {
  const known = facts.value;
  return known?.last_seq != null && seq >= known.first_seq && seq <= known.last_seq;
}

interface PlotData {
  readonly x: readonly number[];
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
  }[];
}

/** The numbers of a result over the first column that is a time; null = there is none. */
function plotOf({ columns, rows }: SqlAnswer): PlotData | null {
  const time = columns.findIndex(({ name }) => /(?:^|_)ns$/.test(name));
  if (time < 0 || rows.length < 2) return null;
  const cells = rows
    .map((row) => cellsOf(row, columns))
    .sort((a, b) => Number(a[time]) - Number(b[time]));
  const series = columns.flatMap(({ name }, column) => {
    const values = cells.map((row) => (typeof row[column] === "number" ? row[column] : null));
    const isTime = /(?:^|_)(?:ns|seq)$/.test(name);
    return column === time || isTime || values.every((each) => each === null)
      ? []
      : [{ name, values }];
  });
  return series.length === 0 ? null : { x: cells.map((row) => Number(row[time])), series };
}

/** The names of the lines, with their values at the pointer. */
function Legend({ plot: { x, series } }: { readonly plot: PlotData }): JSX.Element {
  const row = pointed.value;
  const time = row === null ? undefined : x[row];
  return (
    <ul class="plot-legend">
      {series.map(({ name, values }, index) => (
        <li key={name}>
          <i class={`swatch-line ${strokeOf(index)}`} />
          {name}
          {row !== null && ` ${values[row] ?? "–"}`}
        </li>
      ))}
      {time !== undefined && <li class="quiet">at {copyTime(String(time))}</li>}
    </ul>
  );
}

function strokeOf(index: number): (typeof STROKES)[number] {
  return STROKES[index % STROKES.length] ?? "run";
}

function Plot({ plot }: { readonly plot: PlotData }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const ink = colours.value;
  useEffect(() => {
    const { width, height } = size.value;
    if (box.current === null || width === 0) return undefined;
    const chart = new uPlot(
      {
        ...{ width, height: Math.max(60, height), padding: [8, 48, 0, 0] },
        legend: { show: false },
        hooks: { setCursor: [({ cursor: { idx } }) => (pointed.value = idx ?? null)] },
        scales: { x: { time: false } },
        axes: [
          {
            ...axis(ink, (value) => copyTime(String(Math.round(value)))),
            size: 26,
            space: TIME_SPACE,
          },
          { ...axis(ink, String), space: 20 },
        ],
        series: [
          {},
          ...plot.series.map(({ name }, index) => ({
            label: name,
            stroke: ink[strokeOf(index)] ?? "grey",
            width: 1.25,
          })),
        ],
      },
      [[...plot.x], ...plot.series.map(({ values }) => [...values])],
      box.current,
    );
    return () => {
      pointed.value = null;
      chart.destroy();
    };
  }, [plot, size.value, ink]);
  return (
    <div
      ref={box}
      class="plot"
      role="img"
      aria-label={`Plot of ${plot.series.map(({ name }) => name).join(", ")}`}
    />
  );
}

function axis(ink: Readonly<Record<string, string>>, text: (value: number) => string): uPlot.Axis {
  return {
    stroke: ink["text2"] ?? "grey",
    font: `11px ${fonts.sans}`,
    grid: { stroke: ink["line"] ?? "grey", width: 1 },
    ticks: { stroke: ink["line2"] ?? "grey", width: 1 },
    values: (_, values) => values.map((value) => text(value)),
  };
}
