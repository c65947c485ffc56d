// Two moments beside each other: A and B of this recording, or the ends of two recordings.

import { signal } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type AtDocument, type DiffDocument, type EntityDifference } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { shortName } from "../pure/names.js";
import { timeline, whenOf } from "../state/data.js";
import { latest } from "../state/latest.js";
import { a, b, type Known } from "../state/moments.js";
import { select } from "../state/actions.js";
import { timeText, timeUnitText } from "../state/readout.js";
import { recordingId, url } from "../state/url.js";
import { fieldText } from "../state/field-text.js";
import { compareDocuments } from "../pure/compare.js";

const onlyDifferent = signal(true);
const other = signal<number | null>(null);

/** The difference between A and B. */
export const difference = latest(
  ({ id, from, to }: { readonly id: number; readonly from: string; readonly to: string }, abort) =>
    ask<DiffDocument>(pathOf(id, "diff", { from, to }), abort),
);

const documents = latest(
  async (
    { left, right, when }: { readonly left: number; readonly right: number; readonly when: string },
    abort,
  ) => {
    const at = (id: number, moment: string): Promise<AtDocument> =>
      ask<AtDocument>(pathOf(id, "at", { when: moment }), abort);
    const [first, second] = await Promise.all([at(left, when), at(right, "end")]);
    return compareDocuments(first, second);
  },
);

/** The tab. */
export function Compare(): JSX.Element {
  const recordings = timeline.state.value.value?.recordings ?? [];
  return (
    <div class="compare">
      <div class="compare-tools">
        <label>
          with{" "}
          <select
            class="input"
            value={String(other.value ?? "")}
            onChange={(event) => (other.value = Number(event.currentTarget.value) || null)}
          >
            <option value="">B of this recording</option>
            {recordings
              .filter(({ id }) => id !== recordingId.value)
              .map(({ id, file }) => (
                <option key={id} value={String(id)}>
                  the end of {shortName(file)}
                </option>
              ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={onlyDifferent.value}
            onChange={(event) => (onlyDifferent.value = event.currentTarget.checked)}
          />{" "}
          only differences
        </label>
      </div>
      {other.value === null ? <Moments /> : <Recordings right={other.value} />}
    </div>
  );
}

/** A and B of this recording. */
export function Moments(): JSX.Element {
  const { a: atA, b: atB } = url.value;
  const id = recordingId.value;
  const [from, to] = [atA === null ? null : whenOf(atA), atB === null ? null : whenOf(atB)];
  useEffect(() => {
    difference.ask(id === null || from === null || to === null ? null : { id, from, to });
  }, [id, from, to]);
  const { value, error } = difference.state.value;
  if (from === null || to === null)
    return (
      <p class="quiet pad">
        Set A and B first: m and Shift+M set them at T, Shift and a drag sets both.
      </p>
    );
  if (error !== null) {
    return (
      <p class="panel-error" role="alert">
        {error}
      </p>
    );
  }
  return (
    <Differences
      heads={[headOf("A", a.value), headOf("B", b.value)]}
      list={value?.differences ?? null}
    />
  );
}

function headOf(name: string, moment: Known | null): string {
  if (moment === null) return name;
  const seq = moment.seq === null ? "" : ` @${moment.seq}`;
  return `${name} ${timeText(moment.time)} ${timeUnitText.value}${seq}`;
}

function Recordings({ right }: { readonly right: number }): JSX.Element {
  const id = recordingId.value;
  const at = url.value.t;
  const when = at === null ? "end" : whenOf(at);
  useEffect(() => documents.ask(id === null ? null : { left: id, right, when }), [id, right, when]);
  const { value, error } = documents.state.value;
  const names = timeline.state.value.value?.recordings ?? [];
  const nameOf = (each: number | null): string =>
    shortName(names.find(({ id: own }) => own === each)?.file ?? "");
  if (error !== null) {
    return (
      <p class="panel-error" role="alert">
        {error}
      </p>
    );
  }
  return <Differences heads={[`${nameOf(id)} at T`, `${nameOf(right)} at its end`]} list={value} />;
}

/** The differences as a table: one line a field. */
export function Differences({
  heads: [left, right],
  list,
}: {
  readonly heads: readonly [string, string];
  readonly list: readonly EntityDifference[] | null;
}): JSX.Element {
  if (list === null) return <p class="quiet pad">…</p>;
  return (
    <div class="table-scroll">
      <table class="list" aria-label="Differences">
        <thead>
          <tr>
            <th scope="col">subject</th>
            <th scope="col">field</th>
            <th scope="col">{left}</th>
            <th scope="col" class="wide">
              {right}
            </th>
          </tr>
        </thead>
        <tbody>{list.flatMap((entity) => rowsOf(entity))}</tbody>
      </table>
      {list.length === 0 && (
        <p class="quiet pad">0 differences: both moments have the same state.</p>
      )}
    </div>
  );
}

function rowsOf({ kind, name, there, fields }: EntityDifference): readonly JSX.Element[] {
  const shown = fields.filter(
    ({ from, to }) => !onlyDifferent.value || JSON.stringify(from) !== JSON.stringify(to),
  );
  return shown.map(({ field, from, to }, index) => (
    <tr key={`${kind}.${name}.${field}`}>
      <th scope="row">
        {index === 0 ? (
          <button class="link mono" onClick={() => select({ kind, name })}>
            {name}
          </button>
        ) : (
          <span class="hidden">{name}</span>
        )}
        {index === 0 && !there.from && <span class="quiet"> not there at A</span>}
        {index === 0 && !there.to && <span class="quiet"> not there at B</span>}
      </th>
      <td class="quiet">{field}</td>
      <td class="mono">{fieldText(field, from)}</td>
      <td class="mono wide">
        <span class="quiet">{JSON.stringify(from) === JSON.stringify(to) ? "= " : "≠ "}</span>
        {fieldText(field, to)}
      </td>
    </tr>
  ));
}
