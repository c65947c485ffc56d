// Lanes that are read from packs: interrupts and CPUs; and the moments that counters count.

import { causeName } from "../../domain/events/causes.js";
import { withSign } from "../../domain/values/varints.js";
import { irteKey } from "../../domain/values/ids.js";
import { type IrteRef } from "../../domain/values/names.js";
import { type PackKind } from "../../projections/pack.js";
import { prepared } from "../../timeline/store/sql.js";
import { unknownRow } from "./lane-styles.js";
import { type VcpuRef } from "./lane-ids.js";
import { type LaneReader, type LaneSource } from "./lane-reader.js";
import { type LaneRowsBuilder } from "./lane-rows.js";
import { PackReader, packHeads } from "./packs.js";
import { runMeaning } from "./read-cpus.js";
import { rowNames } from "./row-names.js";
import { tickMeanings } from "./tick-lanes.js";

/** The interrupts of an IRTE. */
export function entryTicksLane({ segment, devid, index }: IrteRef): LaneReader {
  return function* (source, rows) {
    addTicks(source, "irte_tick", irteKey(segment, devid, index), rows);
    yield;
  };
}

const VCPUS_SQL = `SELECT vcpu.id FROM vcpu JOIN vm ON vm.id = vcpu.vm
  WHERE vm.vm_id IS ? AND vcpu.vcpu_id = ? AND vcpu.recording_id = ? ORDER BY vcpu.id`;

/** The interrupts of a vCPU. A VM's number can have been given away twice. */
export function vcpuTicksLane({ vm_id, vcpu_id }: VcpuRef): LaneReader {
  return function* (source, rows) {
    const { sqlite, recording } = source;
    const vcpus = prepared<(number | null)[], number>(sqlite, VCPUS_SQL).pluck();
    for (const vcpu of vcpus.all(vm_id, vcpu_id, recording.id)) {
      addTicks(source, "vcpu_tick", vcpu, rows);
      yield;
    }
  };
}

function addTicks(
  source: LaneSource,
  kind: PackKind,
  subject: number,
  rows: LaneRowsBuilder,
): void {
  const pack = new PackReader(source, kind, subject);
  const ticks = tickMeanings(source.table);
  while (pack.hasNext()) {
    const seq = pack.nextSeq();
    const time = pack.nextTime();
    const meaning = ticks[pack.next()];
    if (meaning !== undefined) rows.add(time, time, seq, meaning);
  }
}

/** Rows of a lane that are read between two turns. */
const ROWS_PER_STEP = 65_536;

/** A host CPU: which vCPU runs there. */
export function cpuLane(cpu: number): LaneReader {
  return function* (source, rows, known) {
    const names = rowNames(source).vcpus;
    const codes = new Map<number, number>();
    const pack = new PackReader(source, "cpu", cpu);
    while (pack.hasNext()) {
      const seq = pack.nextSeq();
      const begin = pack.nextTime();
      const vcpu = pack.next();
      const length = pack.next();
      const label = names.get(vcpu) ?? "vcpu?";
      const code = codes.get(vcpu) ?? rows.codeOf(runMeaning(label, known));
      codes.set(vcpu, code);
      rows.addCoded(begin, length === 0 ? null : begin + withSign(length - 1), seq, code);
      if (rows.length % ROWS_PER_STEP === 0) yield;
    }
    rows.cut(known.runCuts, unknownRow("cpu.unknown", known.unread));
  };
}

/** What a counter counts under one name. */
export interface Moments {
  /** What is counted, such as a cause. */
  readonly name: string;
  /** When each was, in units since the recording's first line; rising. */
  readonly times: Float64Array;
}

/** The IRTE writes of each cause, or the GA log entries, in the order of their first moments. */
export function packedMoments(source: LaneSource, kind: "write" | "ga_log"): readonly Moments[] {
  const found = packHeads(source, kind).map(({ subject, changes }) => {
    const pack = new PackReader(source, kind, subject);
    const times = Float64Array.from({ length: changes }, () => pack.nextTime()).sort();
    const name =
      kind === "write"
        ? (causeName(subject === 0 ? null : subject) ?? "cause not known")
        : GA_LOG_NAME;
    return { name, times };
  });
  return inOrder(found);
}

/** In the order of the first moments, and of the names. */
export function inOrder(moments: readonly Moments[]): readonly Moments[] {
  const firstOf = ({ times }: Moments): number => times[0] ?? 0;
  return [...moments].sort((a, b) => firstOf(a) - firstOf(b) || (a.name < b.name ? -1 : 1));
}

const GA_LOG_NAME = "GA log entry";
