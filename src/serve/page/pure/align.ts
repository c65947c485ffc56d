// Where another recording is, when both are aligned at an event of each.

import { type Span, type Subject } from "./url-state.js";

/** An event of a recording that is set equal to one of the other. */
export interface Anchor {
  /** Its time in the clock units of its recording. */
  readonly time: bigint;
  /** What that clock counts. */
  readonly unit: "ns" | "ticks";
}

/** The bounds of a recording in its clock units. */
export interface Bounds {
  /** Its first moment. */
  readonly first: bigint;
  /** Its last moment. */
  readonly last: bigint;
}

/** A moment of the other recording. */
export interface Aligned {
  /** Its time in that recording's clock units. */
  readonly time: bigint;
  /** Why it is not as far from its anchor as T is from the own one; null = it is. */
  readonly note: string | null;
}

/** The moment of the other recording that is as far from its anchor as `t` is from the own one. */
export function alignedMoment(t: bigint, own: Anchor, other: Anchor, bounds: Bounds): Aligned {
  if (own.unit !== other.unit)
    return {
      time: other.time,
      note: "The clocks count different units, so it is shown at the event itself.",
    };
  const time = other.time + (t - own.time);
  if (time < bounds.first)
    return { time: bounds.first, note: "It begins later, so it is shown at its start." };
  if (time > bounds.last)
    return { time: bounds.last, note: "It ends earlier, so it is shown at its end." };
  return { time, note: null };
}

/** At what two recordings are aligned. `event`: at A of this one, and an event of the other. */
export type Alignment = "starts" | "ends" | "posting" | "event";

/**
 * The span of the other recording that stands below a span of this one, as far from its anchor; null = the clocks count
 * different units, so that no span has the same length.
 */
export function alignedSpan({ start, length }: Span, own: Anchor, other: Anchor): Span | null {
  return own.unit === other.unit ? { start: start + (other.time - own.time), length } : null;
}

/**
 * What the address says of a comparison: `2,starts`, or `2,@913` for A here and event 913 there, with the subject there
 * behind it where it is not the one here: `2,starts,irte:0000:00:08.0/1`.
 */
export interface Compared {
  /** The other recording. */
  readonly right: number;
  /** At what they are aligned. */
  readonly by: Alignment;
  /** The event of the other recording; null = not chosen. */
  readonly seq: number | null;
  /** The subject whose lanes are shown there; null = the one that is selected here. */
  readonly subject: Subject | null;
}

/** Reads it; null = it is none. */
export function readCompared(text: string | undefined): Compared | null {
  const [, id, by = "starts", seq, kind, name] = FORM.exec(text ?? "") ?? [];
  if (id === undefined) return null;
  const alignment = by.startsWith("@") ? "event" : (by as Alignment);
  return {
    right: Number(id),
    by: alignment,
    seq: seq === undefined ? null : Number(seq),
    subject: kind === undefined || name === undefined ? null : { kind, name },
  };
}

const FORM =
  /^(\d{1,9})(?:,(starts|ends|posting|event|@(\d{1,12}))(?:,([a-z]{2,8}):([\w:./?]{1,40}))?)?$/;

/** Writes it. */
export function writeCompared({ right, by, seq, subject }: Compared): string {
  const there = subject === null ? "" : `,${subject.kind}:${subject.name}`;
  return `${right},${by === "event" && seq !== null ? `@${seq}` : by}${there}`;
}
