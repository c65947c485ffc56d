// A line that holds a second event behind its own, because the line break between them is missing: its payload would be
// read as one, and the second event would be lost without a word.

import { latin1 } from "./bytes.js";
import { type Line } from "./line.js";

/** Why such a line is rejected. */
export const HOLDS_ANOTHER = "the line holds a second event: a line break is missing";

/** A second event begins so in what ftrace, `perf script` and bpftrace print: `4410 [000] d..1. 500.000123: name`. */
const SECOND = /\d\)? +\[\d{3,}\] +(?:\S{4,12} +)?\d+(?:\.\d+)?: +[A-Za-z_]/;
/** And so in the latency layout: `-4410      0d..1. 500123us : name`. */
const SECOND_LATENCY = /-\d+ +\d+[^\s\d:]\S{2,11} +\d+(?:\.\d+|us.)?: +[A-Za-z_]/;

/** Does the payload of a line hold the beginning of another event's line? */
export function holdsAnother({ buffer, body, end }: Line): boolean {
  return holdsEvent(latin1(buffer, body, end));
}

/** Does a text hold the beginning of an event's line in some format of text? */
export function holdsEvent(text: string): boolean {
  return SECOND.test(text) || SECOND_LATENCY.test(text);
}
