// ftrace's own text as a format of recordings: the kernel's `trace` and `trace_pipe`, and what trace-cmd prints of them.

import { type Evidence, type SourceFormat } from "../source/format.js";
import { type Sniffed } from "../source/sniffed.js";
import { isUndecided } from "./choose-rules.js";
import { FtraceScanner } from "./line-scanner.js";
import { FtraceReader } from "./reader.js";
import { ReleaseEvidence } from "./release-evidence.js";
import { FtraceRuns } from "./runs.js";
import { sniff } from "./sniff.js";
import { prefixOf } from "./text/prefix.js";
import { type Vocabulary } from "./vocabulary.js";

/** The format; `vocabularyOf` tells the names of the events on a recording's platform. */
export function ftraceFormat(
  vocabularyOf: (sniffed: Pick<Sniffed, "platform">) => Vocabulary,
): SourceFormat {
  return {
    name: "ftrace",
    // What is no other format is refused by this one, in its words.
    isOf: () => true,
    sniff: (head, options, evidence) => sniff(head, options, ownEvidence(evidence)),
    newEvidence: (sniffed) => (isUndecided(sniffed) ? new ReleaseEvidence(sniffed.prefix) : null),
    newReader: (sniffed, options, onBatch) =>
      new FtraceReader({ ...options, vocabulary: vocabularyOf(sniffed) }, onBatch),
    lineOrder: (head) => {
      const prefix = prefixOf(head);
      return {
        newFinder: () => new FtraceRuns(prefix),
        newScanner: () => new FtraceScanner(prefix),
      };
    },
  };
}

function ownEvidence(evidence: Evidence | undefined): ReleaseEvidence | undefined {
  return evidence instanceof ReleaseEvidence ? evidence : undefined;
}
