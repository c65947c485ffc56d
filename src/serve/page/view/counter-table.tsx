// The table of a counter: a row for each column of its plot.

import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { type CountersAnswer, type CounterSeries, type Lane } from "../pure/answers.js";
import { csv, save } from "../state/copy.js";
import { counters, rounded, sumsOf } from "../state/counters.js";
import { copyTime, copyUnitText } from "../state/readout.js";

interface CounterRow {
  readonly from: string;
  readonly to: string;
  /** null = there is none. */
  readonly sum: number | null;
  /** By the parts, in their order. */
  readonly values: readonly (number | null)[];
}

/** The rows of the counter, with how much each of its parts has of them. */
export function CounterTable({ lane }: { readonly lane: Lane }): JSX.Element {
  const { value, error } = counters.state.value;
  const series = seriesOf(value, lane);
  if (error !== null) return <Problem error={error} of={counters} />;
  if (value === null || series === undefined) return <p class="quiet pad">…</p>;
  const { parts, unit } = series;
  return (
    <div class="table-scroll twin" tabIndex={0}>
      <table class="list" aria-label={`${lane.name} in columns`}>
        <thead>
          <tr>
            <th scope="col">from, {copyUnitText.value}</th>
            <th scope="col">to, {copyUnitText.value}</th>
            <th scope="col" class="number">
              {unit}
            </th>
            {parts.length > 1 &&
              parts.map(({ name }) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
          </tr>
        </thead>
        <tbody>
          {rowsOf(value, series).map(({ from, to, sum, values }) => (
            <tr key={from} data-from={from} data-to={to} data-value={sum ?? ""}>
              <td class="mono">{copyTime(from)}</td>
              <td class="mono">{copyTime(to)}</td>
              <td class="number">{valueText(sum)}</td>
              {parts.length > 1 &&
                values.map((each, part) => (
                  <td key={parts[part]?.name} class="number quiet">
                    {valueText(each)}
                  </td>
                ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Saves the rows as CSV. */
export function saveCounter(lane: Lane): void {
  const { value } = counters.state.peek();
  const series = seriesOf(value, lane);
  if (value === null || series === undefined) return;
  const head = ["from_ns", "to_ns", series.unit, ...series.parts.map(({ name }) => name)];
  const table = rowsOf(value, series).map(({ from, to, sum, values }) => [
    from,
    to,
    sum,
    ...values,
  ]);
  save(
    `${lane.id.replace(/[^\w.-]+/g, "-")}.csv`,
    new Blob([csv([head, ...table])], { type: "text/csv" }),
  );
}

function seriesOf(answer: CountersAnswer | null, { id }: Lane): CounterSeries | undefined {
  return answer?.series.find((each) => each.id === id);
}

function rowsOf(answer: CountersAnswer, series: CounterSeries): CounterRow[] {
  const begin = BigInt(answer.from);
  const edge = (column: number): string => String(begin + BigInt(column * answer.bucket));
  return sumsOf(series, answer.columns).map((sum, column) => ({
    ...{ from: edge(column), to: edge(column + 1), sum },
    values: series.parts.map(({ values }) => values[column] ?? null),
  }));
}

function valueText(value: number | null): string {
  return value === null ? "–" : rounded(value);
}
