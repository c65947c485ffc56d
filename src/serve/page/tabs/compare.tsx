// Two moments beside each other: A and B of this recording, or T and the moment of another recording that is as far from
// the event at which both are aligned.

import { computed } from "@preact/signals";
import { type JSX } from "preact";
import { CsvButton } from "../inspector/csv-button.js";
import { Problem } from "../inspector/problem.js";
import { useEffect } from "preact/hooks";
import { type AtDocument, type DiffDocument, type EntityDifference } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { facts, isListed, nameOfRecording, timeline, whenOf } from "../state/data.js";
import { latest } from "../state/latest.js";
import { a, b, type Known } from "../state/moments.js";
import { saveTable } from "../state/copy.js";
import { select } from "../state/actions.js";
import { timeText, timeUnitText } from "../state/readout.js";
import { go, recordingId, url } from "../state/url.js";
import { fieldText } from "../state/field-text.js";
import { type Alignment, type Compared } from "../pure/align.js";
import { plainTime, timeUnit } from "../pure/clock.js";
import { compared, compareWith, comparison, recordingOf } from "../state/compared.js";
import { TwoTimelines } from "./two-timelines.js";

/** Only fields that differ are listed. */
const onlyDifferent = computed(() => url.value.compareFields === "different");

/** The difference between A and B. */
export const difference = latest(
  ({ id, from, to }: { readonly id: number; readonly from: string; readonly to: string }, abort) =>
    ask<DiffDocument>(pathOf(id, "diff", { from, to }), abort),
);

/** The tab. */
export function Compare(): JSX.Element {
  return (
    <div class="compare">
      <div class="compare-tools">
        <OtherRecording />
        <label>
          <input
            type="checkbox"
            checked={onlyDifferent.value}
            onChange={({ currentTarget: { checked } }) =>
              go({ compareFields: checked ? "different" : "all" })
            }
          />{" "}
          only differences
        </label>
      </div>
      {compared.value === null ? <Moments /> : <Recordings with={compared.value} />}
    </div>
  );
}

/** Which recording stands at the right, and at what both are aligned. */
function OtherRecording(): JSX.Element {
  const recordings = timeline.state.value.value?.recordings ?? [];
  const now = compared.value;
  const choose = (text: string): void => {
    const by = now?.by ?? "starts";
    compareWith(text === "" ? null : { right: Number(text), by, seq: null, subject: null });
  };
  return (
    <>
      <label>
        with{" "}
        <select
          class="input"
          aria-label="Compare with"
          value={String(now?.right ?? "")}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">B of this recording</option>
          {recordings
            .filter((each) => isListed(each) && each.id !== recordingId.value)
            .map(({ id }) => (
              <option key={id} value={String(id)}>
                {nameOfRecording(id)}
              </option>
            ))}
        </select>
      </label>
      {now !== null && <AlignedAt now={now} />}
    </>
  );
}

function AlignedAt({ now }: { readonly now: Compared }): JSX.Element {
  const event = (text: string): void => {
    const seq = /^@?(\d{1,12})$/.exec(text.trim())?.[1];
    compareWith({ ...now, seq: seq === undefined ? null : Number(seq) });
  };
  return (
    <>
      <label>
        aligned at{" "}
        <select
          class="input"
          aria-label="Aligned at"
          value={now.by}
          onChange={({ currentTarget: { value } }) =>
            compareWith({ ...now, by: value as Alignment, seq: null })
          }
        >
          <option value="starts">their starts</option>
          <option value="ends">their ends</option>
          <option value="posting">their first posting</option>
          <option value="event">A here, an event there</option>
        </select>
      </label>
      {now.by === "event" && (
        <input
          class="input"
          aria-label="Event there"
          placeholder="@SEQ"
          value={now.seq === null ? "" : `@${now.seq}`}
          onChange={({ currentTarget: { value } }) => event(value)}
        />
      )}
    </>
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
    return <Problem error={error} of={null} />;
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

function Recordings({ with: { right, by, seq } }: { readonly with: Compared }): JSX.Element {
  const left = recordingId.value;
  const { t: atT, a: atA } = url.value;
  const [when, mark] = [atT === null ? "end" : whenOf(atT), atA === null ? null : whenOf(atA)];
  const isLoaded = facts.value !== null;
  useEffect(() => {
    // What the clocks count is told with the recordings.
    const isAsked = left !== null && isLoaded;
    comparison.ask(isAsked ? { left, right, by, seq, when, a: mark } : null);
  }, [left, isLoaded, right, by, seq, when, mark]);
  const { value, error } = comparison.state.value;
  if (error !== null) {
    return <Problem error={error} of={null} />;
  }
  const heads = [headOfState(left, value?.left), headOfState(right, value?.right)] as const;
  return (
    <>
      {value?.note != null && <p class="quiet pad">{value.note}</p>}
      {value !== null && left !== null && <TwoTimelines left={left} right={right} answer={value} />}
      <Differences heads={heads} list={value?.list ?? null} />
    </>
  );
}

/** `6.18-s1-one 15.749621 s @913`. */
function headOfState(id: number | null, document: AtDocument | undefined): string {
  const own = id === null ? undefined : recordingOf(id);
  const name = id === null ? "" : nameOfRecording(id);
  if (document === undefined || own === undefined) return name;
  const clock = { unit: own.clock_unit, hz: null };
  const time = plainTime(BigInt(document.time_ns), clock);
  return `${name} ${time} ${timeUnit(clock)} @${document.seq}`;
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
      <span class="csv-corner">
        <CsvButton of="Differences" save={() => saveDifferences([left, right], list)} />
      </span>
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

function saveDifferences(heads: readonly string[], list: readonly EntityDifference[]): void {
  const rows = list.flatMap((entity) =>
    shownOf(entity).map(({ field, from, to }) => [entity.name, field, from, to]),
  );
  saveTable("differences.csv", [["subject", "field", ...heads], ...rows]);
}

/** The fields that are listed of what differs. */
function shownOf({ fields }: EntityDifference): EntityDifference["fields"] {
  return fields.filter(
    ({ from, to }) => !onlyDifferent.value || JSON.stringify(from) !== JSON.stringify(to),
  );
}

function rowsOf(entity: EntityDifference): readonly JSX.Element[] {
  const { kind, name, there } = entity;
  return shownOf(entity).map(({ field, from, to }, index) => (
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
