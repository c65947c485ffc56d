// How many rows lanes have, without the rows: from packs, or from what passes have found so far.

import { type Steps } from "../../base/steps.js";
import { irteOfKey } from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { type EventPass } from "./event-pass.js";
import { type LaneSource } from "./lane-reader.js";
import { type LaneRows } from "./lane-rows.js";
import { packHeads } from "./packs.js";
import { rowNames } from "./row-names.js";

/** How many rows lanes have that are no rows of a table; null = not counted yet. */
export interface LaneCounts {
  /** Of the inhibits of a VM. */
  readonly inhibits: (vm: string) => number | null;
  /** Of the interrupts of an IRTE or a vCPU. */
  readonly ticks: (name: string) => number | null;
  /** Of the fates of an IRTE. */
  readonly fates: (irte: string) => number | null;
  /** The host IRQ that an IRTE was prepared for last; undefined = none, or not known yet. */
  readonly hostIrq: (irte: string) => number | undefined;
}

/** Lanes by the names of their subjects; null = not known yet. */
export type NamedLanes = ReadonlyMap<string, LaneRows> | null;

/** Counts of what passes have found. */
export function passCounts(events: EventPass | null, fates: NamedLanes): LaneCounts {
  return {
    inhibits: countIn(events?.avic ?? null),
    ticks: (name) => events?.ticks.count(name) ?? null,
    fates: countIn(fates),
    hostIrq: (irte) => events?.hostIrqs.get(irte),
  };
}

/** Counts of packs. `inhibits`: how many rows, by `vmN`; fates that have no pack are counted by their lanes. */
export function* packCounts(
  source: LaneSource,
  inhibits: ReadonlyMap<string, number> | null,
  fates: NamedLanes | "packed",
): Steps<LaneCounts> {
  const irte = (key: number): string => {
    const { segment, devid, index } = irteOfKey(key);
    return irteName(segment, devid, index);
  };
  const { vcpus } = rowNames(source);
  yield;
  const ticks = new Map<string, number>();
  for (const { subject, changes } of packHeads(source, "irte_tick"))
    ticks.set(irte(subject), changes);
  for (const { subject, changes } of packHeads(source, "vcpu_tick")) {
    const name = vcpus.get(subject) ?? "";
    ticks.set(name, (ticks.get(name) ?? 0) + changes);
  }
  yield;
  const heads = fates === "packed" ? packHeads(source, "fate") : [];
  const packed = new Map(heads.map(({ subject, changes }) => [irte(subject), changes]));
  const irqs = new Map(
    packHeads(source, "host_irq").map((each) => [irte(each.subject), each.last]),
  );
  return {
    inhibits: (vm) => (inhibits === null ? null : (inhibits.get(vm) ?? 0)),
    ticks: (name) => ticks.get(name) ?? 0,
    fates: fates === "packed" ? (name) => packed.get(name) ?? 0 : countIn(fates),
    hostIrq: (name) => irqs.get(name),
  };
}

function countIn(lanes: NamedLanes): (name: string) => number | null {
  return (name) => (lanes === null ? null : (lanes.get(name)?.from.length ?? 0));
}
