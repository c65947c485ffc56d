// The stream that a trace.dat in memory is made into.

import { type WholeFile } from "../../../src/source/whole-file.js";
import { TRACE_DAT } from "../../../src/tracedat/format.js";

/** Bytes as a file; `read`: called for each reading. */
export function fileIn(bytes: Buffer): WholeFile {
  return {
    size: bytes.length,
    read: (into, position) =>
      bytes.copy(
        into,
        0,
        Math.min(position, bytes.length),
        Math.min(bytes.length, position + into.length),
      ),
  };
}

/** The whole stream. */
export function streamOf(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (const chunk of TRACE_DAT.unpack(fileIn(bytes))) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
