// What the stream of a trace.dat tells of its host: the platform that its events prove, and the release.

import { type Proof, proofOf } from "../ftrace/platform-evidence.js";
import { LineEvidence } from "../ftrace/release-evidence.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Evidence } from "../source/format.js";
import { RecordLine } from "./record-line.js";
import { Records } from "./records.js";

/** So many records of one event are asked for the platform: all of them are alike. */
const ASKED = 16;

/** The platform that the records of a stream prove; undefined = none of them proves one. */
export function platformShownIn(
  head: Buffer,
  platforms: readonly Platform[],
): Platform | undefined {
  const line = new RecordLine();
  const asked = new Map<unknown, number>();
  const proof: Proof = proofOf(platforms);
  let shown: Platform | undefined;
  const records = new Records(line, {
    record: (isKnown) => {
      const times = asked.get(line.format) ?? 0;
      if (!isKnown || times >= ASKED) return;
      asked.set(line.format, times + 1);
      shown = proof(`${line.name()}: ${line.text()}`);
      if (shown !== undefined) records.stop();
    },
  });
  records.feed(head);
  return shown;
}

/** Takes the bytes of a stream and says which profiles its records allow. */
export class StreamEvidence extends LineEvidence implements Evidence {
  private readonly records: Records;

  constructor() {
    super();
    const line = new RecordLine();
    this.records = new Records(line, {
      record: (isKnown) => {
        if (isKnown) this.take(line);
      },
    });
  }

  /** Takes the next bytes of the stream. */
  feed(chunk: Buffer): void {
    this.records.feed(chunk);
  }
}
