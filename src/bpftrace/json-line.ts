// Where a message of bpftrace's JSON begins in a line, and what stands in front of all of them.

import { latin1 } from "../ftrace/text/bytes.js";
import { Line } from "../ftrace/text/line.js";
import { linesOf, Prefix } from "../ftrace/text/prefix.js";
import { type LinePrefix } from "../source/sniffed.js";

/** A message begins so. */
const JSON_HEAD = /\{"type": ?"\w+", ?"data": ?/;
/** Longer text in front of a message is no prefix. */
const PREFIX_BYTES_MAX = 256;
/** So many messages must have the same form of text in front. */
const LINES_COMPARED = 2000;
/** Longer than the beginning of any message. */
const HEAD_BYTES = 64;

/** Is the first line that is a message of bpftrace's, or an event's as ftrace prints it, a message? */
export function beginsAsJson(head: Buffer): boolean {
  const line = new Line();
  for (const [start, end] of linesOf(head)) {
    const begin = jsonBegin(head, start, end);
    const isEvent = line.scan(head, start, end) || line.isNameTooLong;
    // A program may write JSON into trace_marker; in a message the task stands inside of the JSON.
    if (begin !== null) return !isEvent || begin < line.commEnd;
    if (isEvent) return false;
  }
  return false;
}

/** The text that all messages have in front, by the first bytes of the file; null = none, or not all of the same form. */
export function jsonPrefixOf(head: Buffer): LinePrefix | null {
  let prefix: Prefix | null = null;
  let compared = 0;
  for (const [start, end] of linesOf(head)) {
    const begin = jsonBegin(head, start, end);
    if (begin === null) continue;
    if (begin === start) return null;
    prefix ??= new Prefix(head.subarray(start, begin));
    if (prefix.after(head, start, end) !== begin) return null;
    if (++compared >= LINES_COMPARED) break;
  }
  return prefix;
}

/** Where the first message of a line begins; null where it has none, or more text in front than a prefix has. */
function jsonBegin(buffer: Buffer, start: number, end: number): number | null {
  const asked = latin1(buffer, start, Math.min(end, start + PREFIX_BYTES_MAX + HEAD_BYTES));
  const at = asked.search(JSON_HEAD);
  return at < 0 || at > PREFIX_BYTES_MAX ? null : start + at;
}
