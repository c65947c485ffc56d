// A line of bpftrace's JSON, and the text that the script printed: {"type": "printf", "data": "..."}.
// Source: bpftrace, src/output.cpp, JsonOutput::json_escape() and message().

import { NEWLINE } from "../source/lines.js";
import { type Unwrapped } from "../ftrace/text/layout.js";

const HEAD = /^\{"type": ?"printf", ?"data": ?"/;
const HEAD_BYTES_MAX = 32;
const QUOTE = 0x22;
const BRACE = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const RETURN = 0x0d;
const N = 0x6e;
const U = 0x75;

/** What follows a backslash, but for `u`. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({
    n: "\n",
    t: "\t",
    r: "\r",
    b: "\b",
    f: "\f",
    '"': '"',
    "\\": "\\",
    "/": "/",
  }).map(([name, character]) => [name.charCodeAt(0), character.charCodeAt(0)]),
);

/**
 * The text that a line of JSON holds, without its line break; a line of another kind as it stands, and so is one that holds
 * more than one message or line.
 */
export function unwrapped(buffer: Buffer, start: number, lineEnd: number): Unwrapped {
  // The first bytes are looked at before their lines are cut, and a file of Windows has more than a line break.
  const end = buffer[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
  const from = textBegin(buffer, start, end);
  if (from < 0) return { buffer, start, end };
  const quote = end - 2;
  if (quote < from || buffer[quote] !== QUOTE || buffer[end - 1] !== CLOSE)
    return { buffer, start, end };
  const isEnded = quote - from >= 2 && buffer[quote - 2] === BACKSLASH && buffer[quote - 1] === N;
  const to = isEnded ? quote - 2 : quote;
  const escape = buffer.indexOf(BACKSLASH, from);
  if (escape < 0 || escape >= to)
    return buffer.subarray(from, to).includes(QUOTE)
      ? { buffer, start, end }
      : { buffer, start: from, end: to };
  const text = unescaped(buffer.subarray(from, to));
  return text === null ? { buffer, start, end } : { buffer: text, start: 0, end: text.length };
}

function textBegin(buffer: Buffer, start: number, end: number): number {
  if (buffer[start] !== BRACE) return -1;
  const head = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES_MAX));
  const [found] = HEAD.exec(head) ?? [];
  return found === undefined ? -1 : start + found.length;
}

/** The bytes without their escapes; null = an escape is none of bpftrace's, or the text ends before the bytes do. */
function unescaped(bytes: Buffer): Buffer | null {
  const text = Buffer.alloc(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) {
      const next = bytes[++at] ?? 0;
      const code = next === U ? codeAt(bytes, at + 1) : null;
      const known = code?.byte ?? ESCAPES.get(next);
      if (known === undefined) return null;
      if (known === NEWLINE) return null;
      byte = known;
      at += code?.digits ?? 0;
    } else if (byte === QUOTE) return null;
    text[length++] = byte;
  }
  return text.subarray(0, length);
}

/** The byte of `\u00e9`. Some versions print a byte above 0x7f as a negative number: `\uffffffe9`. */
function codeAt(
  bytes: Buffer,
  start: number,
): { readonly byte: number; readonly digits: number } | null {
  const text = bytes.toString("latin1", start, start + 8);
  const [found, byte] = /^(?:ffffff|00)([0-9a-fA-F]{2})/.exec(text) ?? [];
  return found === undefined || byte === undefined
    ? null
    : { byte: parseInt(byte, 16), digits: found.length };
}
