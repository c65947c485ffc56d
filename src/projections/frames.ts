// Frames: the values of all open intervals as words (domain/fold/frame-layout.ts), so that a state at a
// moment is a copy of memory and a few changes. A frame is the state before its first event, and the changes
// of its events. To keep it small, most frames hold only what differs from an earlier one that is whole.

import { type IntervalListener } from "./intervals.js";
import {
  ENTITY_KINDS,
  WIDTHS,
  highWord,
  packVcpu,
  type EntityKind,
} from "../domain/fold/frame-layout.js";
import { irteKey, routeKey } from "../domain/values/ids.js";

/** A frame has at least so many events, and at most so many bytes of state for each of them. */
const FRAME_EVENTS = 4096;
const STATE_BYTES_PER_EVENT = 6;
const WORD_BYTES = 4;

/** The words of each table of a frame, in the order of ENTITY_KINDS. */
export type Sections = readonly Int32Array[];

/** A row of the table `frame`: the state before its first event, and what its events change. */
export interface FrameRow {
  /** The first event of the frame. */
  readonly first_seq: number;
  /** The last event of the frame. */
  readonly last_seq: number;
  /** The first_seq of the whole frame that this one adds to; its own if it is whole itself. */
  readonly whole_seq: number;
  /** Keys by slot. */
  readonly entities: Sections;
  /** Rows by slot; where the frame is not whole, slot and row of those that differ. */
  readonly state: Sections;
  /** In order: number of the event in the frame (0, 1 ...), slot (~slot: gone, or unknown), value. */
  readonly changes: Sections;
}

/** The entities of one kind, as they are now. */
class EntityTable {
  readonly words: number;
  private readonly keyWords: number;
  private readonly slots = new Map<number | string, number>();
  private readonly keys: number[] = [];
  private rows = new Int32Array(64);
  private changes: number[] = [];
  private valueAt = 0;
  /** Slots that changed since the last whole frame began. */
  private readonly touched = new Set<number>();

  constructor(name: EntityKind) {
    this.keyWords = WIDTHS[name].key;
    this.words = 1 + WIDTHS[name].value;
  }

  get count(): number {
    return this.slots.size;
  }

  /** Words of a whole state, and of what differs from the last. */
  sizes(): { readonly whole: number; readonly part: number } {
    return {
      whole: this.count * (this.words + this.keyWords),
      part: this.touched.size * (this.words + 1),
    };
  }

  /** The slot of an entity; `key`: its key's words, asked for when it is new. */
  slotOf(name: number | string, key: () => readonly number[]): number {
    const known = this.slots.get(name);
    if (known !== undefined) return known;
    const slot = this.slots.size;
    this.slots.set(name, slot);
    for (const word of key()) this.keys.push(word);
    if (this.rows.length < (slot + 1) * this.words) {
      const grown = new Int32Array(2 * this.rows.length + this.words);
      grown.set(this.rows);
      this.rows = grown;
    }
    return slot;
  }

  /** `from`: the row's first word. Not above 0: the change is written as gone. The value's words follow. */
  change(at: number, slot: number, from: number): void {
    this.valueAt = slot * this.words;
    this.rows[this.valueAt++] = from;
    this.changes.push(at, from > 0 ? slot : ~slot);
    this.touched.add(slot);
  }

  /** The next word of the value of the row that changed last. */
  value(word: number): void {
    this.rows[this.valueAt++] = word;
    this.changes.push(word);
  }

  keysFrom(slot: number): Int32Array {
    return Int32Array.from(this.keys.slice(slot * this.keyWords));
  }

  whole(): Int32Array {
    this.touched.clear();
    return this.rows.slice(0, this.count * this.words);
  }

  part(): Int32Array {
    const { rows, words } = this;
    const part = new Int32Array(this.touched.size * (words + 1));
    let at = 0;
    for (const slot of this.touched) {
      part[at++] = slot;
      for (let i = 0; i < words; i++) part[at++] = rows[slot * words + i] ?? 0;
    }
    return part;
  }

  /** Hands over the changes since the last call. */
  drainChanges(): Int32Array {
    const taken = Int32Array.from(this.changes);
    this.changes = [];
    return taken;
  }
}

/**
 * Makes the frames of one recording. It is told of every interval. Where a frame ends is decided by the events
 * and the batches alone, so that a rebuild makes the same frames as the import.
 */
export class FrameRecorder implements IntervalListener {
  private readonly recordingFirst: number;
  private readonly tables: Readonly<Record<EntityKind, EntityTable>> = {
    irte: new EntityTable("irte"),
    vcpu: new EntityTable("vcpu"),
    route: new EntityTable("route"),
    link: new EntityTable("link"),
  };
  private readonly all = ENTITY_KINDS.map((name) => this.tables[name]);
  private firstSeq: number;
  private wholeSeq: number;
  private state: Sections;
  /** Slots whose keys the whole frame holds. */
  private counts: readonly number[] | null = null;
  /** Words of the states that add to the whole one: reading and storing them is to cost no more than it. */
  private partWords = 0;

  /** `firstSeq`: the first event of the recording. */
  constructor(firstSeq: number) {
    this.recordingFirst = firstSeq;
    this.firstSeq = firstSeq;
    this.wholeSeq = firstSeq;
    this.state = this.all.map((table) => table.whole());
  }

  /** Records that an IRTE has a new value. */
  readonly irte: IntervalListener["irte"] = ({ segment, devid, index, bits }, seq) => {
    const { irte } = this.tables;
    const key = irteKey(segment, devid, index);
    const slot = irte.slotOf(key, () => [highWord(key), key | 0]);
    const since = this.since(seq);
    irte.change(this.at(seq), slot, bits === null ? -since : since);
    irte.value(bits === null ? 0 : bits.loH);
    irte.value(bits === null ? 0 : bits.loL);
    irte.value(bits === null ? 0 : bits.hiH);
    irte.value(bits === null ? 0 : bits.hiL);
  };

  /** Records that a vCPU has a new state. */
  readonly vcpu: IntervalListener["vcpu"] = (state, seq) => {
    const { vcpu } = this.tables;
    const slot = vcpu.slotOf(state.vcpu, () => [state.vcpu]);
    vcpu.change(this.at(seq), slot, this.since(seq));
    vcpu.value(packVcpu(state));
  };

  /** Records that a GSI has a new route, or none any more. */
  readonly route: IntervalListener["route"] = ({ vm, gsi }, isThere, seq) => {
    const { route } = this.tables;
    const slot = route.slotOf(routeKey(vm, gsi), () => [vm, highWord(gsi), gsi | 0]);
    route.change(this.at(seq), slot, isThere ? this.since(seq) : 0);
  };

  /** Records that an IRTE is on another ir_list, or on none any more. */
  readonly link: IntervalListener["link"] = (key, isThere, seq) => {
    const { link } = this.tables;
    const slot = link.slotOf(key, () => [highWord(key), key | 0]);
    link.change(this.at(seq), slot, isThere ? this.since(seq) : 0);
  };

  /** The frame that is full after a batch whose last event is `seq`; null = it is not full yet. */
  frameAfterBatch(seq: number): FrameRow | null {
    const events = seq - this.firstSeq + 1;
    const words = this.state.reduce((sum, section) => sum + section.length, 0);
    const isFull = events >= FRAME_EVENTS && events * STATE_BYTES_PER_EVENT >= words * WORD_BYTES;
    return isFull ? this.closeFrame(seq) : null;
  }

  /** Ends the frame with event `seq`, full or not; null = there is no event since the last frame. */
  closeFrame(seq: number): FrameRow | null {
    if (seq < this.firstSeq) return null;
    const { all, firstSeq, wholeSeq, state, counts } = this;
    const frame = {
      first_seq: firstSeq,
      last_seq: seq,
      whole_seq: wholeSeq,
      entities: all.map((table, i) => table.keysFrom(counts?.[i] ?? 0)),
      state,
      changes: all.map((table) => table.drainChanges()),
    };
    this.counts ??= all.map((table) => table.count);
    this.beginFrame(seq + 1);
    return frame;
  }

  private beginFrame(seq: number): void {
    const sizes = this.all.map((table) => table.sizes());
    const total = (which: "whole" | "part"): number =>
      sizes.reduce((sum, size) => sum + size[which], 0);
    this.firstSeq = seq;
    this.partWords += total("part");
    if (this.partWords < total("whole")) {
      this.state = this.all.map((table) => table.part());
      return;
    }
    this.wholeSeq = seq;
    this.counts = null;
    this.partWords = 0;
    this.state = this.all.map((table) => table.whole());
  }

  private at(seq: number): number {
    return seq - this.firstSeq;
  }

  private since(seq: number): number {
    return seq - this.recordingFirst + 1;
  }
}
