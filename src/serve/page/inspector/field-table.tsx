// The fields of what is selected, one a row, as a table that is saved as CSV.

import { type ComponentChildren, type JSX } from "preact";
import { saveTable } from "../state/copy.js";
import { CsvButton } from "./csv-button.js";
import { fileOf } from "./fields.js";

interface FieldTableProps {
  /** What it is of; the file that is saved is named so. */
  readonly of: string;
  /** The fields in their order, each with its value in words. */
  readonly rows: readonly (readonly [field: string, text: string])[];
  /** Did the last event change the field? */
  readonly isChanged?: (field: string) => boolean;
  /** What stands in the place of the words of a field; null = the words. */
  readonly instead?: (field: string) => ComponentChildren;
}

/** The table. */
export function FieldTable({ of, rows, isChanged, instead }: FieldTableProps): JSX.Element {
  return (
    <>
      <table class="fields" aria-label="Fields" tabIndex={-1}>
        <tbody>
          {rows.map(([field, text]) => (
            <tr key={field} class={isChanged?.(field) === true ? "bold" : ""}>
              <th scope="row">{field}</th>
              <td class="mono value">{instead?.(field) ?? text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="fields-tools">
        <CsvButton of="Fields" save={() => saveTable(fileOf(of), [["field", "value"], ...rows])} />
      </p>
    </>
  );
}
