// The table of a lane: the same intervals as the canvas draws, at the same level of detail.

import { type JSX } from "preact";
import { CsvButton } from "../inspector/csv-button.js";
import { Problem } from "../inspector/problem.js";
import { useEffect } from "preact/hooks";
import { askIntervals, send } from "../data/client.js";
import { type Lane, type SqlAnswer } from "../pure/answers.js";
import { formOf } from "../pure/kinds.js";
import { FLAG, type Intervals, type LaneRows } from "../pure/wire.js";
import { sharesOf, sharesText } from "../pure/shares.js";
import { jump } from "../state/actions.js";
import { saveTable } from "../state/copy.js";
import { findings, kinds, laneById, view } from "../state/data.js";
import { density, size } from "../state/lanes.js";
import { latest } from "../state/latest.js";
import { twinLane } from "../state/places.js";
import { copyTime, copyUnitText } from "../state/readout.js";
import { sourceText, stateText, textOfState } from "../state/tip.js";
import { recordingId } from "../state/url.js";
import { Dialog } from "./dialog.js";
import { CounterTable, saveCounter } from "./counter-table.js";

interface Asked {
  readonly id: number;
  readonly lane: string;
  readonly start: bigint;
  readonly length: bigint;
  readonly columns: number;
}

interface TwinAnswer {
  /** The recording. */
  readonly id: number;
  readonly intervals: Intervals;
  readonly causes: ReadonlyMap<number, string>;
  /** The exact rows, of which merged ones are made; null = they are too many, or none is merged. */
  readonly exact: Intervals | null;
}

/** More exact rows than these are not fetched for the shares of merged ones. */
const EXACT_MOST = 20_000;

/** Rows whose causes are looked up. */
const CAUSES_MOST = 1000;

const twin = latest(
  async ({ id, lane, start, length, columns }: Asked, abort): Promise<TwinAnswer> => {
    const intervals = await askIntervals(id, [lane], { start, length }, columns, abort);
    const rows = intervals.lanes.get(lane);
    const causes = rows === undefined ? new Map<number, string>() : await causesOf(id, rows, abort);
    const changes = rows?.count.reduce((sum, count) => sum + count, 0) ?? 0;
    const hasMerged = rows?.flags.some((flags) => (flags & FLAG.merged) !== 0) ?? false;
    const isFew = hasMerged && changes <= EXACT_MOST;
    const { from, to } = intervals;
    const exact = isFew
      ? await askIntervals(id, [lane], { start: from, length: to - from }, 0, abort)
      : null;
    return { id, intervals, causes, exact };
  },
);

async function causesOf(
  id: number,
  rows: LaneRows,
  abort: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const seqs = [...rows.seq].filter((seq) => !Number.isNaN(seq)).slice(0, CAUSES_MOST);
  if (seqs.length === 0) return new Map();
  const sql = `SELECT seq, cause FROM v_event WHERE seq IN (${seqs.join(", ")}) AND cause IS NOT NULL`;
  const { rows: found } = await send<SqlAnswer>(
    "/api/sql",
    { sql, recording: id, limit: CAUSES_MOST },
    abort,
  );
  return new Map(
    found.map((row) => {
      const [seq, cause] = Array.isArray(row) ? (row as readonly unknown[]) : Object.values(row);
      return [Number(seq), String(cause)];
    }),
  );
}

/** The dialog with the table. */
export function Twin(): JSX.Element | null {
  const lane = laneById.value.get(twinLane.value ?? "");
  const [id, span] = [recordingId.value, view.value];
  const columns = Math.max(1, Math.round(size.value.width * density.value));
  useEffect(() => {
    if (id === null || lane === undefined || span === null || isCounter(lane)) return;
    twin.ask({ id, lane: lane.id, ...span, columns });
  }, [id, lane?.id, span?.start, span?.length, columns]);
  // Findings that were awaited are there.
  const report = findings.state.value.value;
  useEffect(() => {
    const known = twin.state.peek().value?.intervals.lanes.get(lane?.id ?? "");
    if (report !== null && known?.pending === true) twin.again();
  }, [report]);
  // A table that is opened later does not begin with the rows of this one.
  useEffect(() => () => twin.ask(null), []);
  if (lane === undefined) return null;
  return (
    <Dialog name={`Table of ${lane.name}`} wide>
      <Choice chosen={lane} />
      {isCounter(lane) ? <CounterTable lane={lane} /> : <Rows lane={lane} />}
    </Dialog>
  );
}

function isCounter(lane: Lane): boolean {
  return formOf(kinds.value, lane) === "counter";
}

function Choice({ chosen }: { readonly chosen: Lane }): JSX.Element {
  const lanes = [...laneById.value.values()];
  return (
    <p class="dialog-acts">
      <label>
        Lane{" "}
        <select
          class="input"
          value={chosen.id}
          onChange={(event) => (twinLane.value = event.currentTarget.value)}
        >
          {lanes.map((lane) => (
            <option key={lane.id} value={lane.id}>
              {lane.name}
            </option>
          ))}
        </select>
      </label>
      <span class="grow" />
      <CsvButton
        of={`${chosen.name} ${isCounter(chosen) ? "in columns" : "intervals"}`}
        save={() => (isCounter(chosen) ? saveCounter : saveCsv)(chosen)}
      />
    </p>
  );
}

function Rows({ lane }: { readonly lane: Lane }): JSX.Element {
  const { value, error } = twin.state.value;
  const rows = rowsOf(value, lane);
  if (error !== null) {
    return <Problem error={error} of={null} />;
  }
  if (value === null || rows === undefined) return <p class="quiet pad">…</p>;
  return (
    <div class="table-scroll twin" tabIndex={0}>
      <table class="list" aria-label={`${lane.name} intervals`}>
        <thead>
          <tr>
            {[
              `from, ${copyUnitText.value}`,
              `to, ${copyUnitText.value}`,
              "state",
              "source",
              "cause",
            ].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows.rows }, (_, row) => (
            <Row key={row} row={row} rows={rows} of={value} />
          ))}
        </tbody>
      </table>
      {rows.rows === 0 && (
        <p class="quiet pad">{rows.pending ? "Not known yet: judging …" : "Nothing in view."}</p>
      )}
    </div>
  );
}

/** The rows of a lane. Lanes of two recordings have the same ids: those of another recording are none. */
function rowsOf(answer: TwinAnswer | null, { id }: Lane): LaneRows | undefined {
  return answer?.id === recordingId.value ? answer.intervals.lanes.get(id) : undefined;
}

function Row({
  row,
  rows,
  of,
}: {
  readonly row: number;
  readonly rows: LaneRows;
  readonly of: TwinAnswer;
}): JSX.Element {
  const { from, to, seq, state } = cells(row, rows, of);
  const number = seq ?? null;
  return (
    <tr data-from={from} data-to={to ?? ""} data-seq={number ?? ""}>
      <td class="mono">
        {number === null ? (
          copyTime(from)
        ) : (
          <button
            class="link"
            title={`@${number}`}
            onClick={({ currentTarget }) => {
              currentTarget.closest("dialog")?.close();
              jump(number, from);
            }}
          >
            {copyTime(from)}
          </button>
        )}
      </td>
      <td class="mono">{to === null ? "goes on" : copyTime(to)}</td>
      <td class="wide">{state}</td>
      <td class="quiet">{sourceText(rows, row)}</td>
      <td class="quiet">{number === null ? "" : (of.causes.get(number) ?? "")}</td>
    </tr>
  );
}

interface Cells {
  readonly from: string;
  readonly to: string | null;
  readonly seq: number | null;
  readonly state: string;
}

/** `, running 61 %, out 39 %`; "" where shares are not known. */
function sharesIn(row: number, rows: LaneRows, { intervals, exact }: TwinAnswer): string {
  const all = exact?.lanes.get(rows.id);
  if (exact === null || all === undefined) return "";
  const shift = Number(intervals.from - exact.from);
  const shares = sharesOf(all, (rows.from[row] ?? 0) + shift, (rows.to[row] ?? 0) + shift);
  return shares === null ? "" : `, ${sharesText(shares, textOfState)}`;
}

function cells(row: number, rows: LaneRows, answer: TwinAnswer): Cells {
  const { intervals } = answer;
  const end = rows.to[row] ?? NaN;
  const seq = rows.seq[row] ?? NaN;
  const isMerged = ((rows.flags[row] ?? 0) & FLAG.merged) !== 0;
  const state = stateText(rows, row);
  return {
    from: String(intervals.from + BigInt(rows.from[row] ?? 0)),
    to: Number.isNaN(end) ? null : String(intervals.from + BigInt(end)),
    seq: Number.isNaN(seq) || isMerged ? null : seq,
    state: isMerged
      ? `${rows.count[row] ?? 0} changes here${sharesIn(row, rows, answer)}; highest: ${state}`
      : state,
  };
}

function saveCsv(lane: Lane): void {
  const value = twin.state.peek().value;
  const rows = rowsOf(value, lane);
  if (value === null || rows === undefined) return;
  const table = Array.from({ length: rows.rows }, (_, row) => {
    const { from, to, seq, state } = cells(row, rows, value);
    const cause = seq === null ? "" : (value.causes.get(seq) ?? "");
    return [from, to ?? "", seq ?? "", state, sourceText(rows, row), cause];
  });
  const head = ["from_ns", "to_ns", "seq", "state", "source", "cause"];
  saveTable(`${lane.id.replace(/[^\w.-]+/g, "-")}.csv`, [head, ...table]);
}
