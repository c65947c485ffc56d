// A recording without its IRTE probes, what the rules make of it, and what the whole recording shows.

import { payload } from "../../src/domain/events/payload.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { type IrteBits, agrees, knownBits, samePartial } from "../../src/domain/values/bits.js";
import { emptyIommu } from "../../src/domain/fold/state.js";
import { irteKey } from "../../src/domain/values/ids.js";
import { AMD } from "../../src/domain/amd/platform.js";
import { type PredictedIrte } from "../../src/domain/platform/platform.js";
import { isLogical } from "../../src/timeline/derive/predict-irtes.js";
import { checked, readEvents, type Read } from "./events.js";
import { recounted } from "./ftrace-text.js";

/** The IRTE's own probes; with ALL_IRTE_NAMES the host's affinity is not probed either. */
export const IRTE_PROBES = /: irte_(?:write|cmpxchg|flush|alloc|alloc_ret|free|prepare): /;
export const ALL_IRTE_NAMES = /: irte_\w+: /;

/** What is taken away from a recording; line numbers from 0. */
export interface Loss {
  /** Lines that match. */
  readonly without: RegExp;
  /** Lines before this one, but the head. */
  readonly from?: number;
  /** A CPU's lines of a range: a marker says so. */
  readonly lost?: { readonly cpu: string; readonly from: number; readonly to: number };
}

/** What is left, and the number of each line in the whole text (from 1, as index too). */
export function thinned(bytes: Buffer, loss: Loss): { text: Buffer; lines: number[] } {
  const { without, from = 0, lost } = loss;
  const lines = [0];
  const kept: string[] = [];
  let count = 0;
  bytes
    .toString("latin1")
    .split("\n")
    .forEach((line, i) => {
      const isOfCpu = lost !== undefined && line.includes(` [${lost.cpu}] `);
      if (isOfCpu && i >= lost.from && i < lost.to) {
        count++;
        return;
      }
      if (without.test(line) || (i < from && i >= HEAD)) return;
      if (isOfCpu && count > 0) {
        kept.push(`CPU:${Number(lost.cpu)} [LOST ${count} EVENTS]`);
        lines.push(i + 1);
        count = 0;
      }
      kept.push(line);
      lines.push(i + 1);
    });
  return { text: Buffer.from(recounted(kept.join("\n")), "latin1"), lines };
}

/** Lines that other CPUs may print before a CPU prints again. */
const SILENCE = 1000;
/** Lines of a recording that tell of itself: header, and the note that names the kernel's release. */
const HEAD = 14;

/** One IRTE at one moment at which no function was under way. */
export interface Moment {
  readonly line: number;
  readonly key: number;
  readonly predicted: PredictedIrte["bits"];
  readonly observed: IrteBits;
}

export interface Comparison {
  readonly wrong: readonly Moment[];
  /** Moments and IRTEs that were compared. */
  readonly compared: number;
  /** Of their bits, how many were known. */
  readonly known: number;
}

/** Compares at every moment at rest before a use after free, or at those that `pick` takes. */
export function compare(
  bytes: Buffer,
  loss: Loss,
  pick: (line: number) => boolean = () => true,
): Comparison {
  const whole = readEvents(bytes);
  const { text, lines } = thinned(bytes, loss);
  const predicted = predictions(readEvents(text, whole.rules), lines);
  const rests = momentsAtRest(whole);
  let state = emptyIommu();
  let next = 0;
  const now = new Map<number, PredictedIrte>();
  const wrong: Moment[] = [];
  let compared = 0;
  let known = 0;
  for (const event of whole.events) {
    state = AMD.fold.evolveIommu(state, [event]);
    for (; (predicted[next]?.line ?? Infinity) <= event.line; next++) {
      const change = predicted[next]?.irte;
      if (change !== undefined) now.set(change.key, change);
    }
    if (!rests.has(event.seq) || isLost(loss, event.line) || !pick(event.line)) continue;
    for (const { segment, devid, index, bits } of state.irtes.values()) {
      if (bits === null) continue;
      const key = irteKey(segment, devid, index);
      const claim = now.get(key)?.bits;
      compared++;
      if (claim === undefined) continue;
      known += knownBits(claim) / 128;
      if (!agrees(claim, bits))
        wrong.push({ line: event.line, key, predicted: claim, observed: bits });
    }
  }
  return { wrong, compared, known: known / compared };
}

/** In the gap, as far as it can reach: a CPU may be silent for long before and after. */
function isLost({ lost }: Loss, line: number): boolean {
  return lost !== undefined && line > lost.from - SILENCE && line < lost.to + SILENCE;
}

interface Change {
  readonly line: number;
  readonly irte: PredictedIrte;
}

/** What a predictor says of a recording, with the lines of the whole one. */
function predictions(read: Read, lines: readonly number[]): Change[] {
  const dests = read.events.flatMap((event) => payload.apicdest(event) ?? []);
  const predictor = AMD.newPredictor?.(read.rules, (name) => read.names.has(name), {
    apicOfCpu: read.apics,
    logical: isLogical(dests),
  });
  predictor?.returned(read.returns);
  const told = new Map<number, PredictedIrte>();
  return read.events.flatMap((event) => {
    const line = lines[event.line] ?? 0;
    return [...(predictor?.advance(event) ?? [])].flatMap((irte) => {
      const before = told.get(irte.key);
      if (before !== undefined && samePartial(before.bits, irte.bits)) return [];
      told.set(irte.key, irte);
      return [{ line, irte }];
    });
  });
}

/** Events after which no function still owes a write, up to the first use after free. */
function momentsAtRest(read: Read): ReadonlySet<number> {
  const { events } = read;
  const { verdicts } = checked(read);
  const writes = events.filter(({ kind }) => kind === KIND.irte_written);
  const end = writes[verdicts.indexOf("undefined")]?.seq ?? Infinity;
  const last = new Map<number, number>();
  const ends = events.filter(
    ({ kind }) => kind === KIND.irte_written || kind === KIND.irte_exchanged,
  );
  for (const { seq, cause_seq } of ends) last.set(cause_seq ?? seq, seq);
  const rests = new Set<number>();
  let busyUntil = 0;
  for (const { seq } of events) {
    if (seq >= end) break;
    busyUntil = Math.max(busyUntil, last.get(seq) ?? 0);
    if (seq >= busyUntil) rests.add(seq);
  }
  return rests;
}
