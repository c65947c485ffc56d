// Reads a trace.dat that may be damaged, and says what came of it.

import { TwinError } from "../../../src/base/errors.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { formatOf } from "../../../src/formats/registry.js";
import { type RejectedLine } from "../../../src/source/read-batch.js";
import { streamOf } from "./stream.js";

/** What came of reading a file. */
export interface Outcome {
  /** The message with which it was refused; null = it was read. */
  readonly refused: string | null;
  readonly events: readonly TwinEvent[];
  readonly rejected: readonly RejectedLine[];
  readonly leftOut: number | null;
  /** Do the counts of lines add up? */
  readonly addsUp: boolean;
  /** Bytes of the stream. */
  readonly bytes: number;
}

/** Reads a file. Throws whatever is no refusal. */
export function readDamaged(file: Buffer): Outcome {
  try {
    return read(streamOf(file));
  } catch (error) {
    if (!(error instanceof TwinError)) throw error;
    const none = { events: [], rejected: [], leftOut: null, addsUp: true, bytes: 0 };
    return { refused: `${error.code}: ${error.message}`, ...none };
  }
}

function read(stream: Buffer): Outcome {
  const format = formatOf(stream);
  const sniffed = format.sniff(stream, {});
  const events: TwinEvent[] = [];
  const rejected: RejectedLine[] = [];
  const options = {
    rules: sniffed.rules,
    first: { seq: 1, task: 1, vm: 1, vcpu: 1 },
    isCounter: sniffed.clockUnit === "ticks",
  };
  const reader = format.newReader(sniffed, options, (batch) => {
    events.push(...batch.events);
    rejected.push(...batch.rejected);
  });
  reader.feed(stream);
  reader.end();
  const { total, header, events: made, unused, rejected: refused, gaps } = reader.counts;
  return {
    refused: null,
    events,
    rejected,
    leftOut: reader.leftOut,
    addsUp: total === header + made + unused + refused + gaps,
    bytes: stream.length,
  };
}

/** A refusal that users can act on: what is damaged is named by its offset, and what is not read by its name. */
export const REFUSAL =
  /^(?:ERR_INPUT_DAMAGED: .*at offset 0x[0-9a-f]+: |ERR_FORMAT_UNKNOWN: .*(?:trace-cmd|`)|ERR_KERNEL_UNKNOWN: )/s;
