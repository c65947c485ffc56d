// A format of text that has the kernel's events line by line: all that its layout leaves to say.

import { type Evidence, type SourceFormat } from "../source/format.js";
import { type Sniffed } from "../source/sniffed.js";
import { isUndecided } from "./choose-rules.js";
import { FtraceScanner } from "./line-scanner.js";
import { FtraceReader } from "./reader.js";
import { ReleaseEvidence } from "./release-evidence.js";
import { FtraceRuns } from "./runs.js";
import { sniff } from "./sniff.js";
import { type TextLayout } from "./text/layout.js";
import { prefixIn } from "./text/prefix.js";
import { type Vocabulary } from "./vocabulary.js";

/** Tells the names of the events on a recording's platform, and how each is read. */
export type VocabularyOf = (sniffed: Pick<Sniffed, "platform">) => Vocabulary;

/** The format of texts in a layout; `isOf`: are these the first bytes of one? */
export function textFormat(
  layout: TextLayout,
  isOf: (head: Buffer) => boolean,
  vocabularyOf: VocabularyOf,
): SourceFormat {
  return {
    name: layout.name,
    isOf,
    sniff: (head, options, evidence) => sniff(head, options, ownEvidence(evidence), layout),
    newEvidence: (sniffed) =>
      isUndecided(sniffed) ? new ReleaseEvidence(sniffed.prefix, layout) : null,
    newReader: (sniffed, options, onBatch) =>
      new FtraceReader({ ...options, layout, vocabulary: vocabularyOf(sniffed) }, onBatch),
    lineOrder: (head) => {
      const prefix = prefixIn(head, layout);
      return {
        newFinder: () => new FtraceRuns(prefix, layout),
        newScanner: () => new FtraceScanner(prefix, layout),
        lossLine: (cpu) => lossLineOf(layout, cpu),
      };
    },
  };
}

function ownEvidence(evidence: Evidence | undefined): ReleaseEvidence | undefined {
  return evidence instanceof ReleaseEvidence ? evidence : undefined;
}

/** The kernel's own marker, where the layout knows it. */
function lossLineOf({ lossMarker }: TextLayout, cpu: number): string | null {
  const text = `CPU:${cpu} [LOST EVENTS]`;
  return lossMarker(text, 1)?.cpu === cpu ? text : null;
}
