// What a trace.dat is, judged from the first bytes of its stream: clock, kernel release, rules.

import { chooseRules } from "../ftrace/choose-rules.js";
import { PROBE } from "../domain/amd/probes/probes.js";
import { type SniffOptions, type Sniffed } from "../source/sniffed.js";
import { platformShownIn, StreamEvidence } from "./evidence.js";
import { RecordLine } from "./record-line.js";
import { Records } from "./records.js";
import { type StreamHead } from "./stream/frames.js";

/** What is looked for among the first records. */
interface Found {
  head: StreamHead;
  hasLines: boolean;
  seesExchanges: boolean;
}

/** Judges a stream by its first bytes; `evidence`: what all of its records tell of its release. */
export function sniffStream(
  head: Buffer,
  options: SniffOptions,
  evidence?: StreamEvidence,
): Sniffed {
  const found = lookAt(head);
  const release = options.kernel ?? found.head.release;
  return {
    format: "trace.dat",
    kernel: release,
    ...chooseRules({
      ...options,
      release,
      shownOf: (platforms) => platformShownIn(head, platforms),
      allowed: () => (evidence ?? evidenceIn(head)).allowed,
    }),
    clockUnit: found.head.isCounter ? "ticks" : "ns",
    clockHz: null,
    hasLines: found.hasLines,
    seesExchanges: found.seesExchanges,
    // What the ring lost is marked in its pages.
    hasHeader: true,
    prefix: null,
    overwritten: 0,
  };
}

function lookAt(head: Buffer): Found {
  const line = new RecordLine();
  const found: Found = {
    head: { release: null, clock: null, isCounter: false },
    hasLines: false,
    seesExchanges: false,
  };
  new Records(line, {
    head: (told) => {
      found.head = told;
    },
    record: (isKnown) => {
      if (!isKnown) return;
      found.hasLines = true;
      if (line.format?.name === PROBE.irte_cmpxchg) found.seesExchanges = true;
    },
  }).feed(head);
  return found;
}

function evidenceIn(head: Buffer): StreamEvidence {
  const evidence = new StreamEvidence();
  evidence.feed(head);
  return evidence;
}
