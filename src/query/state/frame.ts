// The state at a moment as the as-of views tell it. A list is decoded when it is asked for: IRTEs and vCPUs from a
// frame's words, routes and links through the row of their interval.

import type Database from "better-sqlite3";
import { hex64 } from "../../base/words.js";
import {
  WIDTHS,
  highWord,
  integerOf,
  unpackVcpu,
  type EntityKind,
} from "../../domain/fold/frame-layout.js";
import { irteName, vcpuName, type IrteRef } from "../../domain/values/names.js";
import { irteKey, irteOfKey } from "../../domain/values/ids.js";
import { entitiesAt, type EntityTables } from "../../timeline/read/frame-at.js";
import { anchorsOf } from "../../timeline/read/header.js";
import { isInGap } from "../../timeline/read/gaps.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { irteOf, seenIrte, seenVcpu, vcpuOf, type VcpuRef } from "../subject/named.js";
import { type Moment } from "../subject/when.js";
import {
  type Frame,
  type FrameIrte,
  type FrameLink,
  type FrameRoute,
  type FrameVcpu,
} from "./frame-document.js";
import { isKnownAt, sharesAddresses } from "./frame-known.js";
import { frameIrteOf } from "./frame-irte.js";
import { predictedAt, type PredictedEntry } from "./predicted.js";

const VCPU_NAMES_SQL = `
  SELECT vcpu.id, vm.vm_id, vcpu.vcpu_id FROM vcpu JOIN vm ON vm.id = vcpu.vm
  WHERE vcpu.recording_id = ? ORDER BY vcpu.id`;
const PCPU_SQL = "SELECT pcpu FROM vcpu_interval WHERE vcpu = ? AND from_seq = ?";
const ROUTE_SQL = `
  SELECT vm.vm_id, i.gsi, type, address, data, dest, vector, delivery_mode, postable
  FROM route_interval AS i JOIN vm ON vm.id = i.vm WHERE i.vm = ? AND i.gsi = ? AND from_seq = ?`;
const LINK_SQL = `
  SELECT vcpu, gsi FROM link_interval
  WHERE devid = ? AND irte_index = ? AND segment = ? AND from_seq = ?`;

type RouteRow = Omit<FrameRoute, "postable" | "since_seq"> & { readonly postable: number | null };

interface LinkRow {
  readonly vcpu: number;
  readonly gsi: number | null;
}

interface VcpuName {
  readonly vm_id: number | null;
  readonly vcpu_id: number;
}

/** Reads the timeline, or says in a TwinError why it cannot. */
type Read = <Result>(question: (sqlite: Database.Database) => Result) => Result;

/** The frame of a recording at a moment, whose lists are read through `read` when they are first asked for. */
export function frameAt(read: Read, recording: Recording, moment: Moment): Frame {
  const { seq, time } = moment;
  const reader = read((sqlite) => new FrameReader(sqlite, recording, moment));
  const lists = {
    irtes: once(() => read(() => reader.irtes())),
    vcpus: once(() => read(() => reader.vcpus())),
    routes: once(() => read(() => reader.routes())),
    links: once(() => read(() => reader.links())),
  };
  // JSON and structuredClone have what is enumerable: the lists, and not the functions.
  return Object.defineProperties({ seq, time_ns: String(time) } as Frame, {
    irtes: { get: lists.irtes, enumerable: true },
    vcpus: { get: lists.vcpus, enumerable: true },
    routes: { get: lists.routes, enumerable: true },
    links: { get: lists.links, enumerable: true },
    irte: { value: (name: string) => read(() => reader.irte(name)) },
    vcpu: { value: (name: string) => read(() => reader.vcpu(name)) },
  });
}

function once<Value>(make: () => readonly Value[]): () => readonly Value[] {
  let made: readonly Value[] | null = null;
  return () => (made ??= make());
}

/** Decodes the entities of a recording that are known at a moment. */
class FrameReader {
  private readonly seq: number;
  private readonly sqlite: Database.Database;
  private readonly anchors: ReadonlySet<number>;
  private readonly recording: Recording;
  private readonly entities: EntityTables;
  /** The moment is in a span of lost events. */
  private readonly isInGap: boolean;
  /** Several VMs had one address: of one whose end no line shows the values end somewhere. */
  private readonly sharesAddresses: boolean;
  /** By irteKey(); null = the IRTEs are observed. */
  private readonly predicted: ReadonlyMap<number, PredictedEntry> | null;
  private names: ReadonlyMap<number, VcpuName> | null = null;

  /**
   * The entities of `recording` at `moment`. Use Timeline.frameAt().
   * @internal
   */
  constructor(sqlite: Database.Database, recording: Recording, moment: Moment) {
    this.sqlite = sqlite;
    this.recording = recording;
    this.seq = moment.seq;
    this.entities = entitiesAt(sqlite, recording, moment.seq);
    this.anchors = anchorsOf(sqlite, recording);
    this.isInGap = isInGap(sqlite, recording, moment.seq);
    this.sharesAddresses = sharesAddresses(sqlite, recording);
    const predicted = predictedAt(sqlite, recording, moment.seq);
    this.predicted = this.isInGap && predicted !== null ? new Map() : predicted;
  }

  irte(name: string): FrameIrte | null {
    const irte = irteOf(name);
    return seenIrte(this.sqlite, this.recording, irte, this.foundIrte(irte));
  }

  private foundIrte({ segment, devid, index }: IrteRef): FrameIrte | null {
    const key = irteKey(segment, devid, index);
    const entry = this.predicted?.get(key);
    if (this.predicted !== null) return entry === undefined ? null : frameIrteOf(entry);
    const slot = this.find("irte", [highWord(key), key | 0]);
    return slot === null ? null : this.irteOf(slot);
  }

  irtes(): readonly FrameIrte[] {
    if (this.predicted !== null) return [...this.predicted.values()].map(frameIrteOf);
    return this.slots("irte").map((slot) => this.irteOf(slot));
  }

  /** Of several of that name in a recording the newest. */
  vcpu(name: string): FrameVcpu | null {
    const wanted = vcpuOf(name);
    return seenVcpu(this.sqlite, this.recording, wanted, this.foundVcpu(wanted));
  }

  private foundVcpu(wanted: VcpuRef): FrameVcpu | null {
    const named = [...this.vcpuNames()].filter(
      ([, { vm_id, vcpu_id }]) => vm_id === wanted.vm_id && vcpu_id === wanted.vcpu_id,
    );
    for (const [id] of named.reverse()) {
      const slot = this.find("vcpu", [id]);
      if (slot !== null) return this.vcpuOf(slot);
    }
    return null;
  }

  vcpus(): readonly FrameVcpu[] {
    return this.slots("vcpu").map((slot) => this.vcpuOf(slot));
  }

  routes(): readonly FrameRoute[] {
    const row = prepared<[number, number, number], RouteRow>(this.sqlite, ROUTE_SQL);
    return this.slots("route").flatMap((slot) => {
      const [vm = 0, high = 0, low = 0] = this.keyOf("route", slot);
      const since_seq = this.sinceOf("route", slot);
      const found = row.get(vm, integerOf(high, low), since_seq);
      if (found === undefined) return [];
      const { postable } = found;
      return [{ ...found, postable: postable === null ? null : postable === 1, since_seq }];
    });
  }

  links(): readonly FrameLink[] {
    const row = prepared<[number, number, number, number], LinkRow>(this.sqlite, LINK_SQL);
    return this.slots("link").flatMap((slot) => {
      const [high = 0, low = 0] = this.keyOf("link", slot);
      const { segment, devid, index } = irteOfKey(integerOf(high, low));
      const since_seq = this.sinceOf("link", slot);
      const found = row.get(devid, index, segment, since_seq);
      if (found === undefined) return [];
      const irte = irteName(segment, devid, index);
      return [{ irte, vcpu: this.vcpuName(found.vcpu).vcpu, gsi: found.gsi, since_seq }];
    });
  }

  private irteOf(slot: number): FrameIrte {
    const { rows } = this.entities.irte;
    const [high = 0, low = 0] = this.keyOf("irte", slot);
    const { segment, devid, index } = irteOfKey(integerOf(high, low));
    const row = slot * (1 + WIDTHS.irte.value);
    const [from = 0, loH = 0, loL = 0, hiH = 0, hiL = 0] = rows.subarray(row, row + 5);
    const since_seq = this.sinceOf("irte", slot);
    return {
      irte: irteName(segment, devid, index),
      segment,
      devid,
      index,
      lo: from < 0 ? null : hex64(loH, loL),
      hi: from < 0 ? null : hex64(hiH, hiL),
      source: this.anchors.has(since_seq) ? "anchor" : "observed",
      since_seq,
    };
  }

  private vcpuOf(slot: number): FrameVcpu {
    const [id = 0] = this.keyOf("vcpu", slot);
    const since_seq = this.sinceOf("vcpu", slot);
    const packed = unpackVcpu(this.entities.vcpu.rows[slot * (1 + WIDTHS.vcpu.value) + 1] ?? 0);
    const elsewhere = (): number | null =>
      prepared<[number, number], { pcpu: number }>(this.sqlite, PCPU_SQL).get(id, since_seq)
        ?.pcpu ?? null;
    return {
      ...this.vcpuName(id),
      ...packed,
      pcpu: packed.pcpu === undefined ? elsewhere() : packed.pcpu,
      since_seq,
    };
  }

  private vcpuName(id: number): Pick<FrameVcpu, "vcpu" | "vm_id" | "vcpu_id"> {
    const { vm_id, vcpu_id } = this.vcpuNames().get(id) ?? { vm_id: null, vcpu_id: 0 };
    return { vcpu: vm_id === null ? null : vcpuName(vm_id, vcpu_id), vm_id, vcpu_id };
  }

  private vcpuNames(): ReadonlyMap<number, VcpuName> {
    this.names ??= new Map(
      prepared<[number], VcpuName & { readonly id: number }>(this.sqlite, VCPU_NAMES_SQL)
        .all(this.recording.id)
        .map((row) => [row.id, row]),
    );
    return this.names;
  }

  /** The slots whose entities there are. */
  private slots(name: EntityKind): readonly number[] {
    const { rows } = this.entities[name];
    const words = 1 + WIDTHS[name].value;
    const found: number[] = [];
    for (let slot = 0; slot * words < rows.length; slot++)
      if (rows[slot * words] !== 0 && this.isKnown(name, slot)) found.push(slot);
    return found;
  }

  private find(name: EntityKind, key: readonly number[]): number | null {
    const { keys, rows } = this.entities[name];
    const words = 1 + WIDTHS[name].value;
    for (let at = 0, slot = 0; at < keys.length; at += key.length, slot++) {
      if (key.every((word, i) => keys[at + i] === word) && rows[slot * words] !== 0)
        return this.isKnown(name, slot) ? slot : null;
    }
    return null;
  }

  private isKnown(name: EntityKind, slot: number): boolean {
    if (!this.isInGap && (name === "irte" || !this.sharesAddresses)) return true;
    const since = this.sinceOf(name, slot);
    return isKnownAt(this.sqlite, name, this.keyOf(name, slot), { since, seq: this.seq });
  }

  private keyOf(name: EntityKind, slot: number): Int32Array {
    const { key } = WIDTHS[name];
    return this.entities[name].keys.subarray(slot * key, (slot + 1) * key);
  }

  private sinceOf(name: EntityKind, slot: number): number {
    const from = this.entities[name].rows[slot * (1 + WIDTHS[name].value)] ?? 0;
    return this.recording.firstSeq + Math.abs(from) - 1;
  }
}
