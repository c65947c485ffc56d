// Stores what is drawn of each subject of a recording that is complete.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { VarintReader } from "../../domain/values/varints.js";
import { type FateCases } from "../../projections/fate-cases.js";
import { PACKS_VERSION, type FinishedPack, type PackKind } from "../../projections/pack.js";
import { pickRecording } from "../read/recordings.js";
import { RowInserter } from "../store/row-inserter.js";
import { directly } from "../store/writes.js";
import { lostSpans } from "./known-until.js";

/** The kind of the row that says that a recording has packs; its last value is PACKS_VERSION. */
export const WHOLE = "whole";

const COLUMNS = "recording_id kind subject changes last numbers".split(" ");
/** So many packs, or bytes of them, take some hundredths of a second at most. */
const PACKS_PER_STEP = 1024;
const BYTES_PER_STEP = 256 * 1024;

/** Where events were lost, these end elsewhere than the packs know. */
const ENDS_WITH_LOST: readonly PackKind[] = ["fate", "cpu"];

/** The packs of a recording (null: it has none), and the cases that those of fates name. */
interface FinishedPacks {
  readonly packs: Iterable<FinishedPack> | null;
  readonly fateCases: FateCases;
}

/**
 * Stores the packs of a recording, whose fates and intervals are complete. The caller holds the transaction, and lets no
 * one else use it.
 */
export function* storePacks(
  sqlite: Database.Database,
  id: number,
  { packs, fateCases }: FinishedPacks,
): Steps<void> {
  if (packs === null) return;
  const { firstSeq } = pickRecording(sqlite, id);
  const isWhole = !lostSpans(sqlite, { id }).some(([, to]) => to > firstSeq);
  const rows = new RowInserter(directly(sqlite), "lane_pack", COLUMNS);
  rows.queue(id, WHOLE, 0, isWhole ? 1 : 0, PACKS_VERSION, Buffer.alloc(0));
  const changesOf = fateCounter(sqlite, id, fateCases);
  let [stored, bytes] = [0, 0];
  for (const pack of packs) {
    const { kind, subject, last, numbers } = pack;
    if (!isWhole && ENDS_WITH_LOST.includes(kind)) continue;
    const changes = kind === "fate" ? changesOf(numbers) : pack.rows;
    rows.queue(id, kind, subject, changes, last, bufferOf(numbers));
    bytes += numbers.length;
    if (++stored < PACKS_PER_STEP && bytes < BYTES_PER_STEP) continue;
    [stored, bytes] = [0, 0];
    rows.flush();
    yield;
  }
  rows.flush();
}

/** Bytes of a pack as a buffer: those of a short one are copied into memory that buffers share, of a long one they are used. */
function bufferOf(numbers: Uint8Array): Buffer {
  const isShort = numbers.length < Buffer.poolSize / 2;
  return isShort
    ? Buffer.from(numbers)
    : Buffer.from(numbers.buffer, numbers.byteOffset, numbers.length);
}

/** Counts the rows of an entry in v_fate: a case that tells the same fate of the same vCPU as the one before goes on. */
function fateCounter(
  sqlite: Database.Database,
  id: number,
  cases: FateCases,
): (numbers: FinishedPack["numbers"]) => number {
  const tells = toldBy(sqlite, id, cases);
  return (numbers) => {
    const read = new VarintReader(numbers);
    let count = 0;
    let before = TELLS_NOTHING;
    while (!read.isDone) {
      read.getSigned();
      const now = tells[read.get() - 1] ?? TELLS_NOTHING;
      if (now === TELLS_NOTHING || now === before) continue;
      before = now;
      count++;
    }
    return count;
  };
}

const TELLS_NOTHING = -1;
/** Rows of vCPUs are fewer. */
const VCPUS_MAX = 2 ** 32;

/** By the place of a case: a number for its verdict and its vCPU, which are what it tells. */
function toldBy(sqlite: Database.Database, id: number, cases: FateCases): Float64Array {
  const facts = sqlite
    .prepare<[number], { id: number; verdict: number; unknown: number }>(
      `SELECT f.id, v.id AS verdict, v.fate = 'unknown' AS unknown FROM fate_facts AS f
       JOIN fate_verdict AS v ON v.recording_id = f.recording_id AND v.id = f.fate_verdict WHERE f.recording_id = ?`,
    )
    .all(id);
  const verdicts = new Map(facts.map((each) => [each.id, each]));
  return Float64Array.from({ length: cases.count }, (_none, at) => {
    const told = verdicts.get(cases.factsIn(at + 1));
    if (told === undefined) return TELLS_NOTHING;
    const vcpu = told.unknown === 1 ? null : cases.vcpuOf(at + 1);
    return told.verdict * VCPUS_MAX + (vcpu === null ? 0 : vcpu + 1);
  });
}
