// trace-cmd's binary trace.dat, versions 6 and 7, as a format of recordings. Its file is made into a stream first, in
// which the records of all CPUs stand in the order of time; all else reads the stream.

import { isUndecided } from "../ftrace/choose-rules.js";
import { type VocabularyOf } from "../ftrace/text-format.js";
import { type Evidence, type SourceFormat } from "../source/format.js";
import { type LineOrder } from "../source/line-order.js";
import { type Container } from "../source/whole-file.js";
import { StreamEvidence } from "./evidence.js";
import { MAGIC } from "./file/magic.js";
import { RecordLine } from "./record-line.js";
import { TraceDatReader } from "./reader.js";
import { sniffStream } from "./sniff.js";
import { STREAM_MAGIC } from "./stream/frames.js";
import { joinStreams } from "./stream/join-streams.js";
import { unpack } from "./stream/unpack.js";

/** The file that such a stream is made from. */
export const TRACE_DAT: Container = {
  magicBytes: MAGIC.length,
  isOf: (head) => head.subarray(0, MAGIC.length).equals(MAGIC),
  isBegunBy: (head) => MAGIC.subarray(0, head.length).equals(head),
  unpack,
};

/** A stream is in the order of time, and stays as it is. */
const IN_ORDER: LineOrder = {
  newFinder: () => ({ feed: () => undefined, end: () => null, leftOut: null }),
  newScanner: () => ({ stamp: new RecordLine(), stampText: "", cpu: 0, kindOf: () => "event" }),
  lossLine: () => null,
};

/** The format. */
export function traceDatFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return {
    name: "trace.dat",
    container: TRACE_DAT,
    join: joinStreams,
    isOf: (head) => head.subarray(0, STREAM_MAGIC.length).equals(STREAM_MAGIC),
    sniff: (head, options, evidence) => sniffStream(head, options, ownEvidence(evidence)),
    newEvidence: (sniffed) => (isUndecided(sniffed) ? new StreamEvidence() : null),
    newReader: (sniffed, options, onBatch) =>
      new TraceDatReader({ ...options, vocabulary: vocabularyOf(sniffed) }, onBatch),
    lineOrder: () => IN_ORDER,
  };
}

function ownEvidence(evidence: Evidence | undefined): StreamEvidence | undefined {
  return evidence instanceof StreamEvidence ? evidence : undefined;
}
