// All events in a list of which only the rows in sight are there.

import { computed, effect, signal } from "@preact/signals";
import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { useEffect, useRef } from "preact/hooks";
import { type LogEntry, type RecordingFacts } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { type EventsAnswer } from "../pure/answers.js";
import { count } from "../pure/clock.js";
import { readFilter, scrollTo, virtual } from "../pure/event-filter.js";
import { jump } from "../state/actions.js";
import { copy, tsv } from "../state/copy.js";
import { facts, state, view } from "../state/data.js";
import { saveEvents } from "../state/event-table.js";
import { payloadText, taskText } from "../state/event-text.js";
import { bound, type Keys } from "../state/key-tables.js";
import { latest } from "../state/latest.js";
import { complain } from "../state/message.js";
import { copyTime, copyUnitText } from "../state/readout.js";
import { showLine } from "../state/trace-lines.js";
import { recordingId, url } from "../state/url.js";
import { useSize } from "../paint/use-canvas.js";
import { shortIrte } from "../pure/names.js";
import { Nothing } from "./findings.js";
import { onlyInView } from "../state/places.js";

const ROW = 22;
const PAGE = 200;

interface Asked {
  readonly id: number;
  readonly offset: number;
  readonly query: Readonly<Record<string, string>>;
}

const page = latest(
  ({ id, offset, query }: Asked, abort) =>
    ask<EventsAnswer>(pathOf(id, "events", { ...query, offset, limit: PAGE }), abort),
  { patient: true },
);

/** Asks in which row of the list the event of T stands. */
const place = latest(
  (
    {
      id,
      seq,
      query,
    }: { readonly id: number; readonly seq: number; readonly query: Asked["query"] },
    abort,
  ) => ask<EventsAnswer>(pathOf(id, "events", { ...query, around: seq, limit: 1 }), abort),
);

const scrolled = signal(0);

/** How many rows the list has, and how many lines of the trace have the text; "" = no text is looked for. */
export const matchText = computed(() => {
  const { value, error } = page.state.value;
  if (url.value.grep === "" || error !== null || value?.lines === undefined) return "";
  return `${count(value.total)} of ${count(value.lines)} lines`;
});

/** The list of events. */
export function Events(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const { value, error } = page.state.value;
  const total = value?.total ?? 0;
  const room = Math.max(0, size.value.height - ROW);
  const { height, first, top } = virtual(total, ROW, room, scrolled.value);
  const query = queryNow();
  const unknown = readFilter(url.value.query).unknown.join(", ");
  const start = Math.max(0, Math.floor((first - PAGE / 4) / 50) * 50);
  const id = recordingId.value;
  const key = JSON.stringify([id, query, start]);
  useEffect(() => {
    page.ask(id === null ? null : { id, offset: start, query });
  }, [key]);
  useEffect(() => {
    if (unknown !== "") complain(`The filter does not know ${unknown}`);
  }, [unknown]);
  useEffect(() => followT(box.current, room), [box, room]);
  const fits = Math.ceil(room / ROW) + 1;
  const rows = Array.from(
    { length: Math.min(fits, Math.max(0, total - first)) },
    (_, index) => first + index,
  );
  return (
    <div
      ref={box}
      class="table-scroll"
      role="table"
      aria-label="Events"
      aria-rowcount={total + 1}
      tabIndex={0}
      onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)}
      onKeyDown={keys}
    >
      <Head />
      {error !== null && <Problem error={error} of={page} />}
      <div role="rowgroup" class="event-body" style={{ height: `${height}px` }}>
        {rows.map((row) => {
          const event = value?.events[row - value.offset];
          return event === undefined ? null : (
            <EventRow key={event.seq} event={event} row={row} top={top + (row - first) * ROW} />
          );
        })}
      </div>
      {value !== null && error === null && total === 0 && (
        <Nothing total={eventsOf(facts.value)} lines={value.lines ?? null} />
      )}
    </div>
  );
}

function Head(): JSX.Element {
  return (
    <div role="rowgroup" class="event-head">
      <div role="row" class="event-row head" aria-rowindex={1}>
        {[
          "event",
          `time, ${copyUnitText.value}`,
          "CPU",
          "task",
          "kind",
          "IRTE",
          "vCPU",
          "cause",
          "what",
          "line",
        ].map((name) => (
          <span role="columnheader" key={name}>
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Saves the events of the whole filter. */
export function saveCsv(): void {
  const id = recordingId.peek();
  if (id !== null) void saveEvents(id, queryNow());
}

function eventsOf(known: RecordingFacts | null): number {
  return known?.last_seq == null ? 0 : known.last_seq - known.first_seq + 1;
}

function queryNow(): Readonly<Record<string, string>> {
  const { query: filter } = readFilter(url.value.query);
  const { grep } = url.value;
  const query = grep === "" ? filter : { ...filter, grep };
  const span = view.value;
  if (!onlyInView.value || span === null) return query;
  return { ...query, since: String(span.start), until: String(span.start + span.length) };
}

const seqOfT = computed(() => state.state.value.value?.seq ?? null);

const queryKey = computed(() => JSON.stringify(queryNow()));

/** The place to which the list was scrolled: it is not taken back to it when the reader scrolls away. */
let followed: EventsAnswer | null = null;

/** The list stands where T is, whenever T moves. */
function followT(box: HTMLElement | null, room: number): () => void {
  const stops = [
    effect(() => {
      const [id, seq, query] = [recordingId.value, seqOfT.value, queryKey.value];
      place.ask(
        id === null || seq === null
          ? null
          : { id, seq, query: JSON.parse(query) as Asked["query"] },
      );
    }),
    effect(() => {
      const answer = place.state.value.value;
      const isThere = answer !== null && page.state.value.value?.total === answer.total;
      if (!isThere || answer === followed || box === null || room <= 0) return;
      followed = answer;
      const target = scrollTo(answer.offset, answer.total, ROW, room);
      requestAnimationFrame(() => {
        if (Math.abs(box.scrollTop + room / 2 - target - room / 2) > room / 2 - ROW)
          box.scrollTop = target;
      });
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

interface RowProps {
  readonly event: LogEntry;
  readonly row: number;
  readonly top: number;
}

function EventRow({ event, row, top }: RowProps): JSX.Element {
  const isHere = event.seq === state.state.value.value?.seq;
  return (
    <div
      role="row"
      class={`event-row ${isHere ? "chosen" : ""}`}
      style={{ top: `${top}px` }}
      tabIndex={isHere ? 0 : -1}
      aria-rowindex={row + 2}
      aria-selected={isHere}
      data-seq={event.seq}
      onClick={() => jump(event.seq, event.time_ns)}
    >
      <span role="rowheader" class="mono accent">
        @{event.seq}
      </span>
      <span role="cell" class="mono number">
        {copyTime(event.time_ns)}
      </span>
      <span role="cell">{event.cpu}</span>
      <span role="cell">{taskText(event)}</span>
      <span role="cell" class="strong">
        {event.kind}
      </span>
      <span role="cell" class="mono">
        {shortIrte(event.irte)}
      </span>
      <span role="cell" class="mono">
        {event.vcpu ?? ""}
      </span>
      <span role="cell" class="quiet">
        {event.cause ?? ""}
      </span>
      <span role="cell" class="quiet">
        {[event.gsi === null ? "" : `gsi ${event.gsi}`, payloadText(event)]
          .filter(Boolean)
          .join(", ")}
      </span>
      <span role="cell" class="number quiet">
        <button
          class="link quiet-link"
          tabIndex={-1}
          title="Show this line of the trace (Shift+Enter)"
          aria-label={`line ${event.line}`}
          onClick={(click) => {
            click.stopPropagation();
            showLine(event.line);
          }}
        >
          {event.line}
        </button>
      </span>
    </div>
  );
}

function rowText(event: LogEntry): string {
  const { seq, time_ns, cpu, kind, irte, vcpu, cause, line } = event;
  return tsv([
    [`@${seq}`, time_ns, cpu, taskText(event), kind, irte, vcpu, cause, payloadText(event), line],
  ]);
}

/** The keys of the list. */
export const EVENT_KEYS: readonly Keys[] = [
  {
    does: "event above, below",
    acts: { ArrowUp: (event) => stepRow(event, -1), ArrowDown: (event) => stepRow(event, 1) },
  },
  {
    does: "T to the event; copy its row",
    acts: { Enter: (event) => rowOf(event)?.click(), c: copyRow },
  },
  {
    does: "its line of the trace, with those around it",
    acts: { "Shift+Enter": (event) => withEvent(event, ({ line }) => showLine(line)) },
  },
];

const keys = bound(
  EVENT_KEYS,
  (event) => event.key.startsWith("Arrow") || rowOf(event) === event.target,
);

function rowOf({ target }: KeyboardEvent): HTMLElement | null {
  return (target as HTMLElement).closest<HTMLElement>("[data-seq]");
}

/** Does something with the event of the row that has the focus. */
function withEvent(event: KeyboardEvent, act: (entry: LogEntry) => void): void {
  const seq = Number(rowOf(event)?.dataset["seq"]);
  const found = page.state.peek().value?.events.find((each) => each.seq === seq);
  if (found !== undefined) act(found);
}

function copyRow(event: KeyboardEvent): void {
  withEvent(event, (entry) => void copy(rowText(entry), `@${entry.seq}`));
}

function stepRow(event: KeyboardEvent, step: 1 | -1): void {
  const box = event.currentTarget as HTMLElement;
  const row = rowOf(event);
  const all = [...box.querySelectorAll<HTMLElement>("[data-seq]")];
  const next = all[row === null ? 0 : all.indexOf(row) + step];
  if (next === undefined) box.scrollTop += step * ROW;
  else {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}
