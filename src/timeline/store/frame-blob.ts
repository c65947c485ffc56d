// Sections of 32-bit words as a BLOB and back: the length of each, then their words, little-endian.

import { endianness } from "node:os";
import { ENTITY_KINDS } from "../../domain/fold/frame-layout.js";
import { type Sections } from "../../projections/frames.js";

const COUNT: number = ENTITY_KINDS.length;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const isBigEndian = endianness() === "BE";

/** The BLOB of a frame's sections: the length of each, then their words. */
export function encodeSections(sections: Sections): Buffer {
  const total = sections.reduce((sum, section) => sum + section.length, COUNT);
  const words = new Int32Array(total);
  words.set(sections.map((section) => section.length));
  let at = COUNT;
  for (const section of sections) {
    words.set(section, at);
    at += section.length;
  }
  const bytes = Buffer.from(words.buffer);
  return isBigEndian ? bytes.swap32() : bytes;
}

/** The inverse of `encodeSections`: views into the BLOB, where its place in memory allows it. */
export function decodeSections(blob: Buffer): Sections {
  const isAligned = blob.byteOffset % WORD_BYTES === 0 && !isBigEndian;
  const bytes = isAligned ? blob : Buffer.from(blob);
  if (isBigEndian) bytes.swap32();
  const { buffer, byteOffset, length } = isAligned ? bytes : new Uint8Array(bytes);
  const words = new Int32Array(buffer, byteOffset, length / WORD_BYTES);
  let at = COUNT;
  return ENTITY_KINDS.map((_kind, i) => {
    const start = at;
    at += words[i] ?? 0;
    return words.subarray(start, at);
  });
}
