// How changes of fates are stored.

/** So many entries can change their fate with one event; v_fate divides by it (migrations/0024_fate_facts.sql). */
export const CHANGES_PER_EVENT_MAX = 2 ** 20;

/** `fate_verdict.in_flight` where it is not known; v_fate shows NULL (migrations/0032_perhaps_in_flight.sql). */
export const IN_FLIGHT_UNKNOWN = 2;

/**
 * The key of the nth change (from 0) that an event made: the event is in its upper bits, so that it needs no column of
 * its own.
 */
export function fateChangeId(seq: number, nth: number): number {
  return seq * CHANGES_PER_EVENT_MAX + nth;
}

const CASE_BYTES = 4;

/** Numbers of cases as `fate_state.cases` has them. */
export function encodeCases(cases: Uint32Array): Buffer {
  const bytes = Buffer.alloc(cases.length * CASE_BYTES);
  cases.forEach((each, i) => bytes.writeUInt32LE(each, i * CASE_BYTES));
  return bytes;
}

/** The numbers of cases that `fate_state.cases` has. */
export function decodeCases(bytes: Buffer): readonly number[] {
  const cases: number[] = [];
  for (let at = 0; at + CASE_BYTES <= bytes.length; at += CASE_BYTES)
    cases.push(bytes.readUInt32LE(at));
  return cases;
}
