// Events for tests of the fold: every field unknown but those a test names.

import { setPayload } from "../../src/domain/events/payload.js";
import { newDraft, type StoredEvent } from "../../src/domain/events/stored-event.js";
import fc from "fast-check";
import { KIND, type EventKindName, type PayloadField } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";

/** The fields of an event that matter to a test, and its payload fields by name. */
export interface EventFields extends Partial<TwinEvent> {
  readonly payload?: Partial<Record<PayloadField, number | null>>;
}

/** One event of a kind; every field that is not given is unknown. */
export function event(kind: EventKindName, fields: EventFields = {}): TwinEvent {
  const { payload = {}, ...others } = fields;
  const at = { seq: 1, line: 1, billions: 0, rest: 0, cpu: 0, task: null };
  const draft = Object.assign(newDraft(KIND[kind], at), others);
  for (const [field, value] of Object.entries(payload))
    setPayload[field as PayloadField](draft, value);
  return draft;
}

/** A list of events, numbered from 1 in order, one nanosecond apart. */
export function numbered(events: readonly TwinEvent[]): TwinEvent[] {
  return events.map((one, i) => ({ ...one, seq: i + 1, line: i + 1, rest: i + 1 }));
}

const small = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null });
const slot = fc.option(
  fc.oneof(
    fc.integer({ min: -2, max: 3 }),
    fc.constantFrom(...Object.values(KIND)),
    fc.integer({ min: -0x8000_0000, max: 300 }),
  ),
  { nil: null },
);
const word = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0xff, 0x81, 0x85, -0x4000_0000));

/**
 * Any event at all: subjects from a small world, so that events meet; payloads of any kind, fitting
 * or not.
 */
export const anyEvent: fc.Arbitrary<StoredEvent> = fc.record({
  seq: fc.nat(),
  line: fc.nat(),
  billions: fc.nat(),
  rest: fc.nat(999_999_999),
  cpu: fc.integer({ min: 0, max: 3 }),
  task: small,
  kind: fc.oneof(
    { arbitrary: fc.constantFrom(...Object.values(KIND)), weight: 30 },
    { arbitrary: fc.integer(), weight: 1 },
  ),
  vm: small,
  vcpu: small,
  segment: small,
  devid: small,
  irte_index: small,
  gsi: small,
  host_irq: small,
  cause: fc.option(fc.integer({ min: -1, max: 15 }), { nil: null }),
  cause_seq: small,
  words: fc.integer({ min: 0, max: 2 }),
  loH: word,
  loL: word,
  hiH: word,
  hiL: word,
  a: slot,
  b: slot,
  c: slot,
  d: slot,
});
