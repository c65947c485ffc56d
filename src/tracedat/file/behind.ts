// What was appended to a trace.dat: another one, or a text. Nothing of the file names it, so it would be left out without a
// word. What trace-cmd itself writes behind the trace data is neither.

import { type WholeFile } from "../../source/whole-file.js";
import { type Contents } from "./contents.js";
import { Damage } from "./damage.js";
import { MAGIC } from "./magic.js";
import { readUpTo } from "./part.js";

/** trace-cmd writes options and their words behind the data: less than so many bytes. */
const LOOKED_AT = 1024 * 1024;
/** So many bytes of text at the end of a file are none of a trace.dat's, whose words end with zeros. */
const TEXT_BYTES = 64;
const TEXT = /^[\t\r\n\x20-\x7e\x80-\xff]*\n[\t\r\n\x20-\x7e\x80-\xff]*$/;

/** What is not read because it was appended to the file; null = nothing was. */
export function damageBehind(file: WholeFile, { buffers }: Contents): Damage | null {
  const parts = buffers.flatMap((buffer) => buffer.parts);
  const end = parts.reduce((last, { offset, size }) => Math.max(last, offset + size), 0);
  if (end === 0 || end >= file.size) return null;
  const another = readUpTo(file, end, LOOKED_AT).indexOf(MAGIC);
  if (another >= 0)
    return new Damage(
      end + another,
      "another trace.dat begins there, which is not read: import each by itself",
    );
  const tail = readUpTo(file, Math.max(end, file.size - TEXT_BYTES), TEXT_BYTES);
  if (!TEXT.test(tail.toString("latin1"))) return null;
  return new Damage(
    end,
    "a text was appended to the trace.dat behind that, which is not read: import it by itself",
  );
}
