// Who changed what: IRTE writes by cause, task, device and so on. Each bar is a filter for the events.

import { computed } from "@preact/signals";
import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { useEffect } from "preact/hooks";
import { type Audit as AuditAnswer, type WriteCount } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { count } from "../pure/clock.js";
import { saveTable } from "../state/copy.js";
import { view } from "../state/data.js";
import { AUDIT_GROUPS, type Span } from "../pure/url-state.js";
import { latest } from "../state/latest.js";
import { go, recordingId, url } from "../state/url.js";
import { copyTime } from "../state/readout.js";
import { onlyInView } from "../state/places.js";

/** What writes are counted by. */
const by = computed(() => url.value.auditBy);

const answer = latest(
  (
    { id, query }: { readonly id: number; readonly query: Readonly<Record<string, string>> },
    abort,
  ) => ask<AuditAnswer>(pathOf(id, "audit", query), abort),
);

/** Bars of writes. */
export function Audit(): JSX.Element {
  const id = recordingId.value;
  const span = view.value;
  const query = queryNow(span);
  useEffect(() => answer.ask(id === null ? null : { id, query }), [id, JSON.stringify(query)]);
  const { value, error } = answer.state.value;
  const rows = value?.rows ?? [];
  const most = Math.max(1, ...rows.map(({ writes }) => writes));
  return (
    <div class="audit">
      <Groups />
      <div class="table-scroll">
        {error !== null && <Problem error={error} of={null} />}
        <table class="list audit-table" aria-label="Audit">
          <Head />
          <tbody>
            {rows.map((row) => (
              <Bar key={String(row.key)} row={row} most={most} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function queryNow(span: Span | null): Readonly<Record<string, string>> {
  const every = span === null ? 1n : span.length / 40n + 1n;
  return {
    by: by.value,
    ...(by.value === "interval" ? { every: `${every}ns` } : {}),
    ...(onlyInView.value && span !== null
      ? { since: String(span.start), until: String(span.start + span.length) }
      : {}),
  };
}

function Groups(): JSX.Element {
  return (
    <div class="switch column" role="radiogroup" aria-label="Writes by">
      {AUDIT_GROUPS.map((each) => (
        <button
          key={each}
          role="radio"
          class="plain"
          aria-checked={by.value === each}
          onClick={() => go({ auditBy: each })}
        >
          {each === "irte" ? "IRTE" : each === "vcpu" ? "vCPU" : each}
        </button>
      ))}
    </div>
  );
}

function Head(): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">{by.value}</th>
        <th scope="col" class="wide">
          IRTE writes
        </th>
        <th scope="col" class="number">
          unchanged
        </th>
        <th scope="col" class="number">
          not allowed
        </th>
        <th scope="col" class="number">
          undecided
        </th>
        <th scope="col" class="number">
          IRTEs
        </th>
        <th scope="col">first</th>
        <th scope="col">last</th>
      </tr>
    </thead>
  );
}

function Bar({ row, most }: { readonly row: WriteCount; readonly most: number }): JSX.Element {
  const name = by.value === "interval" ? copyTime(row.key ?? "0") : (row.key ?? "not known");
  const wrong = row.not_allowed ?? 0;
  return (
    <tr>
      <th scope="row">
        <button class="link" onClick={() => filterBy(row)}>
          {name}
        </button>
      </th>
      <td class="wide">
        <span class="bar-cell">
          <span class="bar" style={{ width: `${(row.writes / most) * 70}%` }} />
          {count(row.writes)}
        </span>
      </td>
      <td class="number quiet">{count(row.unchanged)}</td>
      <td class={`number ${wrong > 0 ? "bad" : "quiet"}`}>
        {row.not_allowed === null ? "–" : count(wrong)}
      </td>
      <td class="number quiet">{row.undecided === null ? "–" : count(row.undecided)}</td>
      <td class="number quiet">{count(row.irtes)}</td>
      <td class="mono quiet">{copyTime(row.first_ns)}</td>
      <td class="mono quiet">{copyTime(row.last_ns)}</td>
    </tr>
  );
}

function filterBy({ key, first_ns, last_ns }: WriteCount): void {
  if (by.peek() === "interval") {
    const [start, end] = [BigInt(first_ns), BigInt(last_ns)];
    go({
      tab: "events",
      query: "kind=irte_written",
      rows: "view",
      view: { start, length: end > start ? end - start : 1000n },
    });
  } else if (key !== null) {
    const value = /\s/.test(key) ? `"${key}"` : key;
    go({ tab: "events", query: `kind=irte_written ${by.peek()}=${value}` });
  }
}

const COLUMNS = [
  ...(["key", "writes", "unchanged", "not_allowed", "undecided", "irtes"] as const),
  ...(["first_ns", "last_ns"] as const),
];

/** Saves what the table has. */
export function saveCsv(): void {
  const rows = answer.state.peek().value?.rows ?? [];
  const cells = rows.map((row) => COLUMNS.map((column) => row[column]));
  saveTable(`audit-${by.peek()}.csv`, [COLUMNS, ...cells]);
}
