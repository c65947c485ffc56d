// The button with which each table can be taken away.

import { type JSX } from "preact";

/** Saves the table of this accessible name as CSV. */
export function CsvButton({
  of,
  save,
}: {
  readonly of: string;
  readonly save: () => void;
}): JSX.Element {
  return (
    <button
      class="plain csv"
      aria-label={`CSV of ${of}`}
      title={`Save ${of} as CSV`}
      onClick={save}
    >
      CSV
    </button>
  );
}
