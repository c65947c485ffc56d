// The lanes of devices: for each IRTE the entry, its irqfds, its fate and its interrupts.

import { type Steps } from "../../base/steps.js";
import { bdfName, irteName } from "../../domain/values/names.js";
import { countedEntries, countedLinks, type CountedEntry } from "./interval-counts.js";
import { ticksLane, type Lane, type LaneGroup } from "./lane.js";
import { type LaneCounts } from "./lane-counts.js";
import { type LaneSource } from "./lane-reader.js";

/** The groups of all devices. */
export function* deviceLanes(source: LaneSource, counts: LaneCounts): Steps<readonly LaneGroup[]> {
  const entries = countedEntries(source);
  yield;
  const links = new Map(countedLinks(source).map((entry) => [nameOf(entry), entry.changes]));
  yield;
  const groups = new Map<string, Lane[]>();
  for (const entry of entries) {
    const irte = nameOf(entry);
    const device = bdfName(entry.segment, entry.devid);
    const lanes = groups.get(device) ?? [];
    groups.set(device, lanes);
    const group = `device:${device}`;
    const irq = counts.hostIrq(irte);
    const note = irq === undefined ? "" : `irq ${irq}`;
    const label = `/${entry.irte_index}`;
    lanes.push({
      id: `irte:${irte}`,
      name: irte,
      label,
      note,
      kind: "irte",
      group,
      changes: entry.changes,
    });
    const below = (kind: "irqfd" | "fate", changes: number | null): Lane => ({
      ...{
        id: `${kind}:${irte}`,
        name: `${irte} ${kind}`,
        label: kind,
        note: "",
        kind,
        group,
        changes,
      },
    });
    const linked = links.get(irte) ?? 0;
    if (linked > 0) lanes.push(below("irqfd", linked));
    lanes.push(below("fate", counts.fates(irte)));
    const count = counts.ticks(irte);
    if (count !== 0) lanes.push(ticksLane(irte, { label: "interrupts", note: "", group }, count));
  }
  return [...groups].map(([device, lanes]) => ({
    ...{ id: `device:${device}`, name: device, kind: "device" as const, note: "", lanes },
  }));
}

function nameOf({ segment, devid, irte_index }: CountedEntry): string {
  return irteName(segment, devid, irte_index);
}
