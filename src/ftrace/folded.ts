// Texts in which a line of a trace does not stand as one line, or not alone: what they show would be read wrongly.

import { TwinError } from "../base/errors.js";
import { type TextLayout } from "./text/layout.js";

/** So many lines are looked at. */
const LINES_MAX = 2000;
/** So many events that go on below tell that a text is folded, */
const FOLDS_MIN = 8;
/** and such a share of the lines that are nothing else. */
const FOLDED_SHARE = 0.95;
/** An event's line, wherever it stands. */
const HOLDS_EVENT = / \[\d{3,}\] .{0,12}?\d+(?:\.\d{6,9})?: \w/;
/** A value of JSON, or a text in quotes, that is all of its line. */
const QUOTED = /^(?:\{.*\},?|\[.*\],?|".*",?)\s*$/;

/** Throws ERR_FORMAT_UNKNOWN where most lines stand in quotes or in JSON, as container runtimes and tables store it. */
export function refuseQuoted(text: string): void {
  const lines = text.split("\n", LINES_MAX).filter((line) => line !== "" && !line.startsWith("#"));
  const quoted = lines.filter((line) => QUOTED.test(line));
  const isTrace = quoted.some((line) => HOLDS_EVENT.test(line));
  if (!isTrace || quoted.length * 2 < lines.length) return;
  throw new TwinError(
    "ERR_FORMAT_UNKNOWN",
    "the lines of the trace stand in quotes or in JSON, as container runtimes and tables store text: import the lines themselves (of Docker's log files what `jq -j .log` prints)",
  );
}

/** Throws ERR_FORMAT_UNKNOWN where long lines go on below, as mail programs fold them: values are cut in two. */
export function refuseFolded(text: Buffer, layout: TextLayout): void {
  const line = layout.newLine();
  let longest = 0;
  let before: { readonly length: number; readonly isEvent: boolean } | null = null;
  let eventsThatGoOn = 0;
  const pairs: { readonly length: number; readonly withNext: number }[] = [];
  let start = 0;
  for (let lines = 0; lines < LINES_MAX; lines++) {
    const newline = text.indexOf(10, start);
    if (newline < 0) break;
    const [from, end] = [start, newline];
    start = newline + 1;
    if (layout.isHeadLine(text, from, end)) continue;
    const own = text.subarray(from, end);
    const isEvent = line.scan(text, from, end);
    const isOther = !isEvent && layout.besideName(text, from, end, line) === null;
    longest = Math.max(longest, own.length);
    if (isOther && before !== null) {
      const { length } = before;
      pairs.push({ length, withNext: length + 1 + wordLength(own) });
      if (before.isEvent) eventsThatGoOn++;
    }
    before = { length: own.length, isEvent };
  }
  const width = Math.max(0, ...pairs.map(({ length }) => length));
  const folds = pairs.filter(({ withNext }) => withNext > width).length;
  if (longest > width || eventsThatGoOn < FOLDS_MIN || folds < FOLDED_SHARE * pairs.length) return;
  throw new TwinError(
    "ERR_FORMAT_UNKNOWN",
    `lines of the trace are folded at ${width} columns, as mail programs and terminals do, and values in them are cut in two: import the trace as it was before, such as from an attachment`,
  );
}

/** How long the first word of a line is. */
function wordLength(line: Buffer): number {
  const space = line.indexOf(0x20);
  return space < 0 ? line.length : space;
}
