// The payload fields of events, each by its own name: made from the table of kinds.

import { EVENT_KINDS, type PayloadField } from "./kinds.js";
import { readerOf, writerOf, type ReadPayload, type WritePayload } from "./stored-event.js";

/** Every payload field of every kind. */
export const PAYLOAD_FIELDS: readonly PayloadField[] = [
  ...new Set(Object.values(EVENT_KINDS).flatMap(({ slots }) => [...slots])),
];

function byField<Made>(make: (field: PayloadField) => Made): Readonly<Record<PayloadField, Made>> {
  // Object.fromEntries() makes an object whose properties the engine finds at once; one by one it does not.
  const made = PAYLOAD_FIELDS.map((field) => [field, make(field)] as const);
  return Object.fromEntries(made) as Record<PayloadField, Made>;
}

/** Reads a payload field: `payload.ga_tag(event)`. null = not told, or the kind has no such field. */
export const payload: Readonly<Record<PayloadField, ReadPayload>> = byField(readerOf);

/** Sets a payload field of an event that is being made: `setPayload.ga_tag(draft, 512)`. */
export const setPayload: Readonly<Record<PayloadField, WritePayload>> = byField(writerOf);
