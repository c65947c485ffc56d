// The state of all intervals at a moment, as words, from frames.

import type Database from "better-sqlite3";
import { ENTITY_KINDS, WIDTHS, type EntityKind } from "../../domain/fold/frame-layout.js";
import { decodeSections } from "../store/frame-blob.js";
import { entitiesOfIntervals } from "./interval-entities.js";
import { type Recording } from "./recordings.js";
import { prepared } from "../store/sql.js";

/** The entities of one kind: keys and rows by slot, as frame-layout.ts describes them. */
export interface EntityWordsAt {
  /** The words of their keys. */
  readonly keys: Int32Array;
  /** The words of their rows. */
  readonly rows: Int32Array;
}

/** The entities of every kind. */
export type EntityTables = Readonly<Record<EntityKind, EntityWordsAt>>;

interface Stored {
  readonly first_seq: number;
  readonly entities: Buffer;
  readonly state: Buffer;
  /** Of the last frame only. */
  readonly changes: Buffer | null;
}

/** The frame that holds a seq, and before it the whole frame that it adds to, if it is not whole itself. */
const FRAME_SQL = `
  SELECT f.first_seq, f.entities, f.state, iif(f.first_seq = last.first_seq, f.changes, NULL) AS changes
  FROM (
    SELECT first_seq, whole_seq FROM frame WHERE first_seq <= :seq ORDER BY first_seq DESC LIMIT 1
  ) AS last
  JOIN frame AS f ON f.first_seq IN (last.first_seq, last.whole_seq)
  WHERE f.recording_id = :recording
    AND (SELECT last_seq FROM frame WHERE first_seq = last.first_seq) >= :seq
  ORDER BY f.first_seq`;

/** The entities of each kind after event `seq`: from frames, or from the interval tables where there is no frame. */
export function entitiesAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): EntityTables {
  const [whole, part] = prepared<[{ seq: number; recording: number }], Stored>(
    sqlite,
    FRAME_SQL,
  ).all({ seq, recording: recording.id });
  return whole === undefined
    ? entitiesOfIntervals(sqlite, recording, seq)
    : entitiesOfFrames(whole, part ?? null, recording.firstSeq, seq);
}

function entitiesOfFrames(
  whole: Stored,
  part: Stored | null,
  firstSeq: number,
  seq: number,
): EntityTables {
  const last = part ?? whole;
  const entities = [whole, part].map((each) => each && decodeSections(each.entities));
  const state = decodeSections(whole.state);
  const differing = part && decodeSections(part.state);
  const changes = last.changes === null ? [] : decodeSections(last.changes);
  const entitiesOf = (name: EntityKind): EntityWordsAt => {
    const i = ENTITY_KINDS.indexOf(name);
    const keys = joined(entities[0]?.[i], entities[1]?.[i]);
    const rows = new Int32Array((keys.length / WIDTHS[name].key) * (1 + WIDTHS[name].value));
    rows.set(state[i] ?? NO_WORDS);
    putRows(name, rows, differing?.[i] ?? NO_WORDS);
    const origin = last.first_seq - firstSeq + 1;
    putChanges(name, rows, changes[i] ?? NO_WORDS, { origin, events: seq - last.first_seq + 1 });
    return { keys, rows };
  };
  return {
    irte: entitiesOf("irte"),
    vcpu: entitiesOf("vcpu"),
    route: entitiesOf("route"),
    link: entitiesOf("link"),
  };
}

const NO_WORDS = new Int32Array(0);

function joined(first: Int32Array = NO_WORDS, second: Int32Array = NO_WORDS): Int32Array {
  if (second.length === 0) return first;
  const all = new Int32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Replaces rows by those of `parts`, which holds a slot and its row, one after the other. */
function putRows(name: EntityKind, rows: Int32Array, parts: Int32Array): void {
  const words = 1 + WIDTHS[name].value;
  for (let at = 0; at < parts.length; at += 1 + words) {
    const row = (parts[at] ?? 0) * words;
    for (let i = 0; i < words; i++) rows[row + i] = parts[at + 1 + i] ?? 0;
  }
}

/**
 * Makes the changes of the frame's first `events` events in the rows. `origin`: the number of the frame's first
 * event in the recording, from 1.
 */
function putChanges(
  name: EntityKind,
  rows: Int32Array,
  changes: Int32Array,
  { origin, events }: { readonly origin: number; readonly events: number },
): void {
  const { value } = WIDTHS[name];
  for (let at = 0; at < changes.length; at += 2 + value) {
    const event = changes[at] ?? 0;
    if (event >= events) return;
    const slot = changes[at + 1] ?? 0;
    const row = (slot < 0 ? ~slot : slot) * (1 + value);
    const since = origin + event;
    rows[row] = slot >= 0 ? since : name === "irte" ? -since : 0;
    for (let i = 1; i <= value; i++) rows[row + i] = changes[at + 1 + i] ?? 0;
  }
}
