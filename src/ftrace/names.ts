// The names of a recording's events: which reader each has, and how many lines.

import { type Reader } from "./interpret/interpreter.js";
import { type NameCount } from "../source/read-batch.js";
import { hashOf } from "./text/bytes.js";
import { type Line } from "./text/line.js";
import { type Vocabulary } from "./vocabulary.js";

/** Distinct event names that are counted one by one; the rest are counted together. */
const NAMES_MAX = 4096;
/** Names by hash: a quarter full at most. */
const SLOTS = 16_384;
const SLOT_MASK = SLOTS - 1;

/** A name with its reader; null = its lines are counted and not read. */
export interface NameEntry extends NameCount {
  /** The name. */
  readonly bytes: Uint8Array;
  /** Its reader; null = its lines are counted and not read. */
  readonly reader: Reader | null;
  /** Bytes of its longest payload so far that is known to hold no second event. */
  longest: number;
}

/** Every name that is known or was seen, by hash: open addressing. */
export class NameTable {
  private readonly slots = new Array<NameEntry | undefined>(SLOTS).fill(undefined);
  private count = 0;

  /** `vocabulary`: the names that are known, and how each is read. */
  constructor(vocabulary: Vocabulary) {
    for (const [name, reader] of vocabulary) this.add(name, true, reader);
  }

  /** The entry of a line's name; a name that was not seen before gets one, up to a limit. */
  of(line: Line): NameEntry {
    const { buffer, nameStart, nameEnd, nameHash } = line;
    for (let slot = nameHash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const entry = this.slots[slot];
      if (entry === undefined) break;
      if (isSameName(entry.bytes, buffer, nameStart, nameEnd)) return entry;
    }
    return this.add(this.count < NAMES_MAX ? line.name() : "(other names)", false, null);
  }

  /** The entry of a name that is made here, and stands in no line. */
  named(name: string): NameEntry {
    return this.add(name, true, null);
  }

  /** The entry of a name that a record has; a name that was not seen before gets one, up to a limit. */
  ofRecord(name: string): NameEntry {
    return this.add(this.count < NAMES_MAX ? name : "(other names)", false, null);
  }

  /** Every name that stood in the trace, by name. */
  counts(): readonly NameCount[] {
    return this.slots
      .filter((entry) => entry !== undefined)
      .filter(({ events, unused }) => events + unused > 0)
      .map(({ name, known, events, unused }) => ({ name, known, events, unused }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private add(name: string, known: boolean, reader: Reader | null): NameEntry {
    let slot = hashOf(name) & SLOT_MASK;
    for (let entry = this.slots[slot]; entry !== undefined; entry = this.slots[slot]) {
      if (entry.name === name) return entry;
      slot = (slot + 1) & SLOT_MASK;
    }
    const bytes = Buffer.from(name, "latin1");
    const entry = { name, known, events: 0, unused: 0, bytes, reader, longest: 0 };
    this.slots[slot] = entry;
    this.count++;
    return entry;
  }
}

function isSameName(bytes: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (end - start !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== buffer[start + i]) return false;
  }
  return true;
}
