// Which IRTEs an event changed, as frames have it: intervals are found by their entry, and not by an event.

import type Database from "better-sqlite3";
import { ENTITY_KINDS, WIDTHS, integerOf } from "../../domain/fold/frame-layout.js";
import { irteOfKey, type IrteKey, type Seq } from "../../domain/values/ids.js";
import { decodeSections } from "../store/frame-blob.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** An entry of the table of a device, whatever the device's PCI segment. */
export type Entry = Pick<ReturnType<typeof irteOfKey>, "devid" | "index">;

/** One frame: the IRTEs that each of its events changed. */
interface FrameChanges {
  readonly first_seq: Seq;
  readonly last_seq: Seq;
  readonly keysAt: ReadonlyMap<Seq, readonly IrteKey[]>;
}

interface Stored {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly entities: Buffer;
  readonly changes: Buffer;
  /** The keys of the whole frame that it adds to; null = it is whole itself. */
  readonly known: Buffer | null;
}

const FRAME_SQL = `SELECT f.first_seq, f.last_seq, f.entities, f.changes,
    iif(f.whole_seq = f.first_seq, NULL, whole.entities) AS known
  FROM frame AS f JOIN frame AS whole ON whole.first_seq = f.whole_seq
  WHERE f.first_seq <= ? ORDER BY f.first_seq DESC LIMIT 1`;

const IRTE = ENTITY_KINDS.indexOf("irte");

/** The frame that was asked last: events are asked for in their order. */
const lastAsked = new WeakMap<Database.Database, FrameChanges>();

/**
 * The entries that an event changed, in the order of their intervals' key. null: no frame tells, because the recording
 * is not complete or has none there.
 */
export function entriesChangedAt(
  sqlite: Database.Database,
  { state }: Recording,
  seq: Seq,
): readonly Entry[] | null {
  // Only a complete recording keeps what it has.
  if (state !== "complete") return null;
  const asked = lastAsked.get(sqlite);
  const frame = asked !== undefined && isIn(asked, seq) ? asked : frameOf(sqlite, seq);
  if (frame === null) return null;
  lastAsked.set(sqlite, frame);
  return entriesOf(frame.keysAt.get(seq) ?? []);
}

function isIn({ first_seq, last_seq }: Pick<FrameChanges, "first_seq" | "last_seq">, seq: Seq) {
  return first_seq <= seq && seq <= last_seq;
}

function frameOf(sqlite: Database.Database, seq: Seq): FrameChanges | null {
  const row = prepared<[number], Stored>(sqlite, FRAME_SQL).get(seq);
  if (row === undefined || !isIn(row, seq)) return null;
  const { first_seq, last_seq } = row;
  const keyOf = keysBySlot(row);
  const changes = decodeSections(row.changes)[IRTE] ?? new Int32Array(0);
  const keysAt = new Map<Seq, IrteKey[]>();
  for (let at = 0; at < changes.length; at += 2 + WIDTHS.irte.value) {
    const event = first_seq + (changes[at] ?? 0);
    const slot = changes[at + 1] ?? 0;
    const keys = keysAt.get(event) ?? [];
    keysAt.set(event, keys);
    keys.push(keyOf(slot < 0 ? ~slot : slot));
  }
  return { first_seq, last_seq, keysAt };
}

/** The keys of slots: those of the whole frame come first. */
function keysBySlot({ known, entities }: Stored): (slot: number) => IrteKey {
  const old = known === null ? new Int32Array(0) : (decodeSections(known)[IRTE] ?? []);
  const own = decodeSections(entities)[IRTE] ?? [];
  const word = (at: number): number => old[at] ?? own[at - old.length] ?? 0;
  return (slot) => integerOf(word(slot * WIDTHS.irte.key), word(slot * WIDTHS.irte.key + 1));
}

function entriesOf(keys: readonly IrteKey[]): readonly Entry[] {
  const entries = keys.map((key) => irteOfKey(key)).map(({ devid, index }) => ({ devid, index }));
  const placeOf = ({ devid, index }: Entry): number => devid * 0x1_0000 + index;
  const byPlace = new Map(entries.map((entry) => [placeOf(entry), entry]));
  return [...byPlace.values()].sort((a, b) => placeOf(a) - placeOf(b));
}
