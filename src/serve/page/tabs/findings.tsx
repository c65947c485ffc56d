// The findings. A click or Enter goes there: T, the selection and the view.

import { signal } from "@preact/signals";
import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { isWarm, sentenceOf, signOf } from "../pure/bars.js";
import { shortIrte } from "../pure/names.js";
import { partAround } from "../pure/part.js";
import { count } from "../pure/clock.js";
import { type ListedFinding } from "../pure/answers.js";
import { bound, type Keys } from "../state/key-tables.js";
import { openFinding, said } from "../state/actions.js";
import { copy, mailOf, saveTable, tsv } from "../state/copy.js";
import { findingId, findings, isSoFar, listed, view } from "../state/data.js";
import { copyTime, copyUnitText } from "../state/readout.js";
import { go, url } from "../state/url.js";
import { onlyInView } from "../state/places.js";

/** So many findings are rows at once. Those around the chosen one are shown, and all of them when a reader asks. */
const ROWS_MOST = 500;
const isAllShown = signal(false);

/** The table of findings. */
export function Findings(): JSX.Element {
  const { value: report, error, busy } = findings.state.value;
  const shown = listed.value.filter((finding) => matches(finding));
  const chosen = shown.findIndex(({ id }) => id === findingId.value);
  const most = isAllShown.value ? shown.length : ROWS_MOST;
  const { part, before, behind } = partAround(shown, chosen, most);
  if (error !== null) {
    return <Problem error={error} of={findings} />;
  }
  if (report === null) return <p class="quiet pad">{busy ? "Judging every write …" : ""}</p>;
  return (
    <div class="table-scroll">
      {isSoFar.value && <SoFar judgedTo={report.judged_to ?? null} />}
      <table class="list findings" aria-label="Findings" onKeyDown={keys}>
        <thead>
          <tr>
            {["finding", "severity", "rule"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col" class="number">
              time, {copyUnitText.value}
            </th>
            {["IRTE", "vCPU", "what is wrong"].map((name) => (
              <th key={name} scope="col" class={name === "what is wrong" ? "wide" : ""}>
                {name}
              </th>
            ))}
            <th scope="col" class="number" title="How often the same was found: this is the first">
              seen
            </th>
            <th scope="col">bug</th>
          </tr>
        </thead>
        <tbody>
          {part.map((finding, index) => (
            <FindingRow key={finding.id} finding={finding} isFirst={index === 0} />
          ))}
        </tbody>
      </table>
      {before + behind > 0 && (
        <p class="quiet pad">
          {count(before)} before these and {count(behind)} behind them.{" "}
          <button class="link" onClick={() => (isAllShown.value = true)}>
            Show all {count(shown.length)}
          </button>
        </p>
      )}
      {listed.value.length === 0 && <p class="quiet pad">{nothingFound()}</p>}
      {listed.value.length > 0 && shown.length === 0 && <Nothing total={listed.value.length} />}
    </div>
  );
}

/** What the list of a recording that grows is. */
function SoFar({ judgedTo }: { readonly judgedTo: number | null }): JSX.Element {
  const upTo = judgedTo === null ? "" : ` up to @${judgedTo}`;
  return (
    <p class="quiet pad">
      So far{upTo}: the recording grows. Numbers can change, and a finding can be taken back, until
      it is complete; a link names a finding by its event.
    </p>
  );
}

const COLUMNS = [
  ...(["id", "severity", "kind", "rule", "invariant", "bug", "fixed_in"] as const),
  ...(["seq", "time_ns", "irte", "vcpu", "times", "title"] as const),
];

/** Saves the findings that the filter leaves. */
export function saveCsv(): void {
  const rows = listed
    .peek()
    .filter((finding) => matches(finding))
    .map((finding) => COLUMNS.map((column) => finding[column]));
  saveTable("findings.csv", [COLUMNS, ...rows]);
}

function nothingFound(): string {
  const report = findings.state.value.value;
  if (report === null) return "";
  if (isSoFar.value) return "No findings so far.";
  if (report.verdict === "inconclusive")
    return `Inconclusive: ${report.reason ?? "not everything could be judged"}.`;
  return `No findings. ${count(report.writes.explained)} writes explained.`;
}

/** Nothing matches: says so, and offers the way back. */
export function Nothing({
  total,
  lines = null,
}: {
  readonly total: number;
  /** Lines of the trace that have the text, none of which is an event; null = none was looked for. */
  readonly lines?: number | null;
}): JSX.Element {
  return (
    <p class="quiet pad">
      {lines === null || lines === 0 ? "Nothing matches." : noEvents(lines)} {count(total)} without
      the filter.{" "}
      <button
        class="link"
        onClick={() => {
          go({ query: "", grep: "", rows: "all" });
        }}
      >
        Clear
      </button>
    </p>
  );
}

function noEvents(lines: number): string {
  const what =
    lines === 1 ? "line of the trace matches, and is" : "lines of the trace match, and are";
  return `${count(lines)} ${what} no event of this list.`;
}

function FindingRow({
  finding,
  isFirst,
}: {
  readonly finding: ListedFinding;
  readonly isFirst: boolean;
}): JSX.Element {
  const { id, severity, kind, invariant, rule, time_ns, irte, vcpu, times, bug, fixed_in } =
    finding;
  const isChosen = findingId.value === id;
  return (
    <tr
      class={isChosen ? "chosen" : ""}
      tabIndex={isChosen || (isFirst && findingId.value === null) ? 0 : -1}
      aria-selected={isChosen}
      data-finding={id}
      onClick={() => openFinding(finding)}
    >
      <th scope="row">
        <span class={isWarm(finding) ? "bad" : "quiet"} aria-hidden="true">
          {signOf(finding)}{" "}
        </span>
        {id}
      </th>
      <td class="quiet">{kind === "contradiction" ? "contradiction" : severity}</td>
      <td class="mono">{invariant ?? rule ?? ""}</td>
      <td class="mono number">{copyTime(time_ns)}</td>
      <td class="mono">{shortIrte(irte)}</td>
      <td class="mono">{vcpu ?? ""}</td>
      <td class="wide">{sentenceOf(finding)}</td>
      <td class="number">{times}×</td>
      <td>
        {bug !== null && <span class="chip">{bug}</span>}
        {fixed_in != null && <span class="quiet fixed-in"> fixed in {fixed_in}</span>}
      </td>
    </tr>
  );
}

function matches(finding: ListedFinding): boolean {
  const span = view.value;
  const time = BigInt(finding.time_ns);
  if (onlyInView.value && span !== null && (time < span.start || time > span.start + span.length))
    return false;
  const { query } = url.value;
  const text = [
    finding.id,
    finding.title,
    finding.irte,
    finding.vcpu,
    finding.bug,
    finding.invariant,
  ].join(" ");
  return query.split(/\s+/).every((part) => text.toLowerCase().includes(part.toLowerCase()));
}

/** The keys of the table. */
export const FINDING_KEYS: readonly Keys[] = [
  {
    does: "finding above, below",
    acts: {
      ArrowUp: (event) => (rowOf(event)?.previousElementSibling as HTMLElement | null)?.focus(),
      ArrowDown: (event) => (rowOf(event)?.nextElementSibling as HTMLElement | null)?.focus(),
    },
  },
  {
    does: "open the finding; copy its row, its mail",
    acts: {
      Enter: (event) => openFinding(findingOf(event)),
      ...{ c: (event) => copyRow(findingOf(event)), M: (event) => copyMailOf(findingOf(event)) },
    },
  },
];

const keys = bound(FINDING_KEYS, (event) => rowOf(event) !== null);

function rowOf({ target }: KeyboardEvent): HTMLElement | null {
  return (target as HTMLElement).closest<HTMLElement>("tr[data-finding]");
}

/** The finding of the row that has the focus: there is one where a key of the table acts. */
function findingOf(event: KeyboardEvent): ListedFinding {
  const id = rowOf(event)?.dataset["finding"];
  const found = listed.peek().find((each) => each.id === id);
  if (found === undefined) throw new Error(`no finding ${id ?? ""} is listed`);
  return found;
}

function copyRow({ id, severity, time_ns, irte, title }: ListedFinding): void {
  void copy(tsv([[id, severity, time_ns, irte, title]]), id);
}

function copyMailOf(finding: ListedFinding): void {
  void said(async () => copy(await mailOf(finding), `the mail of ${finding.id}`));
}
