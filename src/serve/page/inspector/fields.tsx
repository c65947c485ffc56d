// The fields of the selected entry: value, what it was, and the event that set it.

import { type JSX } from "preact";
import { type AtIrte } from "../../../index.js";
import { CsvButton } from "./csv-button.js";
import { saveTable } from "../state/copy.js";
import { jump } from "../state/actions.js";
import { blame, changed } from "../state/data.js";
import { irte } from "../state/verdict.js";
import { blameOf, fieldText } from "../state/field-text.js";

/** The fields of `at --json` that are bits of the entry. What follows from them stands around the table. */
const FIELDS = [
  ...(["mode", "valid", "vector", "is_run", "ga_log_intr", "destination", "ga_tag"] as const),
  ...(["ga_root_ptr"] as const),
] satisfies readonly (keyof AtIrte)[];

/** The table of fields; it is also the twin of the bit diagram. */
export function Fields(): JSX.Element | null {
  const entry = irte.value;
  if (entry === null) return null;
  const fields = blame.state.value.value?.fields ?? [];
  const last = fields.reduce((most, { seq }) => Math.max(most, seq), -1);
  return (
    <>
      <table class="fields" aria-label="Fields" tabIndex={-1}>
        <thead class="hidden">
          <tr>
            <th scope="col">field</th>
            <th scope="col">value</th>
            <th scope="col">set by</th>
            <th scope="col">cause</th>
            <th scope="col">was</th>
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => (
            <FieldRow key={field} field={field} entry={entry} last={last} />
          ))}
        </tbody>
      </table>
      <p class="fields-tools">
        <CsvButton of="Fields" save={() => saveFields(entry)} />
      </p>
      <StateTable entry={entry} />
    </>
  );
}

/** Saves the fields of an entry with who set them. */
function saveFields(entry: AtIrte): void {
  const rows = FIELDS.map((field) => {
    const by = blameOf(field);
    const was = by === null ? null : fieldText(field, by.old);
    return [field, fieldText(field, entry[field]), by?.seq, by?.time_ns, by?.cause, was];
  });
  const head = ["field", "value", "set_by_seq", "set_by_ns", "cause", "was"];
  saveTable(fileOf(entry.irte), [head, ...rows]);
}

/** The name of the file in which the fields of a subject are saved. */
export function fileOf(subject: string): string {
  return `${subject.replace(/[^\w.-]+/g, "-")}.csv`;
}

interface FieldProps {
  readonly field: (typeof FIELDS)[number];
  readonly entry: AtIrte;
  readonly last: number;
}

function FieldRow({ field, entry, last }: FieldProps): JSX.Element {
  const by = blameOf(field);
  const now = changedNow(field);
  const isBold = now || (by !== null && by.seq === last);
  const value = fieldText(field, entry[field]);
  return (
    <tr class={isBold ? "bold" : ""}>
      <th scope="row">{field}</th>
      <td class="mono value">{value}</td>
      <td class="mono">
        {by === null ? (
          <span class="faint">–</span>
        ) : (
          <button class="link" title="Go to this event" onClick={() => jump(by.seq, by.time_ns)}>
            @{by.seq}
          </button>
        )}
      </td>
      <td class="quiet cause">{by?.cause ?? ""}</td>
      <td class="hidden">{by === null ? "" : fieldText(field, by.old)}</td>
    </tr>
  );
}

/** Did the event of T change it? */
function changedNow(field: string): boolean {
  const name = irte.value?.irte;
  const difference = changed.state.value.value?.differences.find((each) => each.name === name);
  return difference?.fields.some((each) => each.field === field) ?? false;
}

/** Every field of the document of `at --json`, for screen readers and scripts. */
function StateTable({ entry }: { readonly entry: AtIrte }): JSX.Element {
  return <PlainState document={entry} />;
}

/** A document's fields with their JSON values. */
export function PlainState({ document }: { readonly document: object }): JSX.Element {
  return (
    <table class="hidden" aria-label="State">
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col">value</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(document).map(([field, value]) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
