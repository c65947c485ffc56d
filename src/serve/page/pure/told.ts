// What the server tells, with nothing in its texts that a browser would obey.

import { harmless } from "../../../base/harmless.js";

/** JSON has control characters below 0x20 as escapes, and the others as they are. */
const PERHAPS = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\\u00|\\[bfr]/;

/**
 * The value of JSON. Characters that turn the direction of a text or mean something to a terminal are written out in its
 * strings, as the command line does: a task may call itself so that another one is read.
 */
export function toldBy(json: string): unknown {
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === "string" ? harmless(value) : value;
  return PERHAPS.test(json) ? JSON.parse(json, plain) : JSON.parse(json);
}
