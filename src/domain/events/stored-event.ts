// An event as it is stored: the payload fields of its kind in four columns. Only what makes, writes, reads
// or hashes events imports this; everyone else reads a payload field by its name (payload.ts).

import { type IrteBits } from "../values/bits.js";
import { EVENT_KINDS, KIND, type EventKindName, type PayloadField } from "./kinds.js";
import { type TwinEvent } from "./event.js";

/** The payload columns, in the order of the fields in the table of kinds. */
export interface StoredEvent extends TwinEvent {
  /** The first field. */
  readonly a: number | null;
  /** The second field. */
  readonly b: number | null;
  /** The third field. */
  readonly c: number | null;
  /** The fourth field. */
  readonly d: number | null;
}

/** An event under construction: the reader of a line fills it in, and hands it out as a TwinEvent. */
export type EventDraft = { -readonly [Field in keyof StoredEvent]: StoredEvent[Field] };

const NO_SLOT = -1;

/** An event of which nothing is known but when, where and what. */
export function newDraft(
  kind: number,
  at: Pick<EventDraft, "seq" | "line" | "billions" | "rest" | "cpu" | "task">,
): EventDraft {
  return {
    seq: at.seq,
    line: at.line,
    billions: at.billions,
    rest: at.rest,
    cpu: at.cpu,
    task: at.task,
    kind,
    vm: null,
    vcpu: null,
    segment: null,
    devid: null,
    irte_index: null,
    gsi: null,
    host_irq: null,
    cause: null,
    cause_seq: null,
    words: 0,
    loH: 0,
    loL: 0,
    hiH: 0,
    hiL: 0,
    a: null,
    b: null,
    c: null,
    d: null,
  };
}

/** The event with its payload columns: every event is made with them, by a reader or from a row. */
export function stored(event: TwinEvent): StoredEvent {
  return event as StoredEvent;
}

const LOW_16 = 0xffff;
const TWO_16 = 0x1_0000;

/** Notes the bits of the entry before an exchange: 48 upper bits of each word, then the lower 16 of both. */
export function setBitsBefore(draft: EventDraft, { loH, loL, hiH, hiL }: IrteBits): void {
  draft.b = (loH >>> 0) * TWO_16 + (loL >>> 16);
  draft.c = (hiH >>> 0) * TWO_16 + (hiL >>> 16);
  draft.d = (loL & LOW_16) * TWO_16 + (hiL & LOW_16);
}

/** The bits of the entry before the exchange that the event is; null where the trace does not say. */
export function bitsBefore(event: TwinEvent): IrteBits | null {
  const { b, c, d } = stored(event);
  if (event.kind !== KIND.irte_exchanged || b === null || c === null || d === null) return null;
  return {
    loH: Math.floor(b / TWO_16) | 0,
    loL: ((b % TWO_16) << 16) | Math.floor(d / TWO_16),
    hiH: Math.floor(c / TWO_16) | 0,
    hiL: ((c % TWO_16) << 16) | (d % TWO_16),
  };
}

/** Notes that the bits of a write were read behind the store into the table, under its lock. */
export function setStored(draft: EventDraft): void {
  draft.a = 1;
}

/**
 * Were the bits of a write read behind the store into the table? Its line then stands in the order of the table's lock, as an
 * exchange does; that of another write stands in front of the lock.
 */
export function isStored(event: TwinEvent): boolean {
  return event.kind === KIND.irte_written && stored(event).a === 1;
}

/** By code of the kind: the place of a payload field among the columns, NO_SLOT where it has none. */
function placesOf(field: PayloadField): Int8Array {
  const names = Object.keys(EVENT_KINDS) as EventKindName[];
  const codes = names.map((name) => EVENT_KINDS[name].code);
  const places = new Int8Array(Math.max(...codes) + 1).fill(NO_SLOT);
  for (const name of names) {
    const { code, slots } = EVENT_KINDS[name];
    places[code] = (slots as readonly string[]).indexOf(field);
  }
  return places;
}

/** Reads the payload field of an event; null where its kind has no such field, or the trace does not say. */
export type ReadPayload = (event: TwinEvent) => number | null;

/** Sets the payload field of a draft; nothing where its kind has no such field. */
export type WritePayload = (draft: EventDraft, value: number | null) => void;

/** The reader of one payload field, whatever the kind of the event. Each column by its name: that is fast. */
export function readerOf(field: PayloadField): ReadPayload {
  const places = placesOf(field);
  return (event) => {
    const place = places[event.kind];
    if (place === 0) return stored(event).a;
    if (place === 1) return stored(event).b;
    if (place === 2) return stored(event).c;
    return place === 3 ? stored(event).d : null;
  };
}

/** The writer of one payload field, whatever the kind of the draft. */
export function writerOf(field: PayloadField): WritePayload {
  const places = placesOf(field);
  return (draft, value) => {
    const place = places[draft.kind];
    if (place === 0) draft.a = value;
    else if (place === 1) draft.b = value;
    else if (place === 2) draft.c = value;
    else if (place === 3) draft.d = value;
  };
}
