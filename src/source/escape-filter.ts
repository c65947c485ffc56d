// What a terminal takes for a colour is no part of a trace: `grep --color=always`, `dmesg --color=always` and pagers put
// it around words of a line. It is taken out before lines are cut, and so nothing behind it knows of it.

import { NEWLINE } from "./lines.js";

const ESCAPE = 0x1b;
const OPEN_BRACKET = 0x5b;
/** What ends a colour (SGR), and what clears the rest of a line (EL), which `grep` puts behind each colour. */
const COLOUR = 0x6d;
const CLEAR_LINE = 0x4b;
/** Parameters are digits and what separates them: `:` and `;` (ECMA-48, 5.4). */
const PARAMETER_FIRST = 0x30;
const PARAMETER_LAST = 0x3b;
/** What is longer is no colour: one of 24 bits for both grounds has 37 bytes. */
const SEQUENCE_BYTES_MAX = 64;

/** The bytes may go on to be a sequence. */
const UNFINISHED = -1;

/** Could there be a colour in these bytes? */
export function mayHaveColours(bytes: Uint8Array): boolean {
  return bytes.includes(ESCAPE);
}

/**
 * The chunks of a text without the colours of a terminal. Chunks that have none are given as they are. `onEnd` is told of
 * how many lines colours were taken out.
 */
export async function* withoutColours(
  chunks: AsyncIterable<Buffer>,
  onEnd: (lines: number) => void,
): AsyncGenerator<Buffer> {
  const filter = new EscapeFilter();
  for await (const chunk of chunks) {
    const kept = filter.feed(chunk);
    if (kept.length > 0) yield kept;
  }
  const rest = filter.end();
  if (rest.length > 0) yield rest;
  onEnd(filter.lines);
}

/** Takes colours out of chunks, wherever they are cut. */
export class EscapeFilter {
  /** How many lines had colours so far. */
  lines = 0;
  /** Is the line that is being read counted already? */
  private isCounted = false;
  /** The beginning of what may be a colour, whose end is in a later chunk. */
  private rest: Buffer = Buffer.alloc(0);

  /** The bytes without colours; the chunk itself where it has no escape. */
  feed(chunk: Buffer): Buffer {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = Buffer.alloc(0);
    if (mayHaveColours(bytes)) return this.filtered(bytes);
    this.passOver(bytes);
    return bytes;
  }

  /** What is left at the end of the text. */
  end(): Buffer {
    return this.rest;
  }

  private filtered(bytes: Buffer): Buffer {
    const kept: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(ESCAPE); at >= 0;) {
      const end = sequenceEnd(bytes, at);
      if (end === UNFINISHED) {
        this.rest = Buffer.from(bytes.subarray(at));
        this.passOver(bytes.subarray(from, at));
        kept.push(bytes.subarray(from, at));
        return Buffer.concat(kept);
      }
      if (end > at) {
        this.passOver(bytes.subarray(from, at));
        if (!this.isCounted) this.lines++;
        this.isCounted = true;
        kept.push(bytes.subarray(from, at));
        from = end;
      }
      at = bytes.indexOf(ESCAPE, Math.max(end, at + 1));
    }
    this.passOver(bytes.subarray(from));
    kept.push(bytes.subarray(from));
    return Buffer.concat(kept);
  }

  /** Text without colours: behind the end of a line another one is read. */
  private passOver(text: Buffer): void {
    if (this.isCounted && text.includes(NEWLINE)) this.isCounted = false;
  }
}

/** Where the colour that begins at `at` ends; `at` itself where none does. */
function sequenceEnd(bytes: Uint8Array, at: number): number {
  if (at + 1 === bytes.length) return UNFINISHED;
  if (bytes[at + 1] !== OPEN_BRACKET) return at;
  const last = at + SEQUENCE_BYTES_MAX;
  for (let end = at + 2; end < last; end++) {
    const byte = bytes[end];
    if (byte === undefined) return UNFINISHED;
    if (byte === COLOUR || byte === CLEAR_LINE) return end + 1;
    if (byte < PARAMETER_FIRST || byte > PARAMETER_LAST) return at;
  }
  return at;
}
