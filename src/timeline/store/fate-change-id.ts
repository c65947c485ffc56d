// The key of a row of `fate_change`: the event in its upper bits, so that the event needs no column of its own.

/** So many entries can change their fate with one event; v_fate divides by it (migrations/0023_fates.sql). */
export const CHANGES_PER_EVENT_MAX = 2 ** 20;

/** The key of the nth change (from 0) that an event made. */
export function fateChangeId(seq: number, nth: number): number {
  return seq * CHANGES_PER_EVENT_MAX + nth;
}
