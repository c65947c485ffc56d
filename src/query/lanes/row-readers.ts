// How the rows of lanes are read that are read alone, by what they come from.

import { type LaneRowsFrom } from "../../domain/platform/lanes.js";
import { parseIrteName, type IrteRef } from "../../domain/values/names.js";
import { cpuOfName, noLane, vcpuOfName, vmOfName, type AskedLane } from "./lane-ids.js";
import { type LaneReader } from "./lane-reader.js";
import { packedFateLane } from "./packed-fates.js";
import { cpuLane, entryTicksLane, vcpuTicksLane } from "./packed-lanes.js";
import { irteLane, routesLane, vcpuLane } from "./read-entities.js";
import { irqfdLane } from "./read-links.js";
import { markersLane } from "./read-markers.js";

/** Makes the reader of a subject's lane; null = the name is none of such a subject. */
type ReaderOf = (name: string) => LaneReader | null;

const none: ReaderOf = () => null;

/** What is made together with other lanes is not read alone. */
const READERS: Readonly<Record<LaneRowsFrom, ReaderOf>> = {
  ...{ findings: none, inhibits: none, counts: none },
  markers: () => markersLane,
  runs: of(cpuOfName, cpuLane),
  routes: of(vmOfName, routesLane),
  "run states": of(vcpuOfName, vcpuLane),
  entries: ofEntry(irteLane),
  links: ofEntry(irqfdLane),
  fates: ofEntry(packedFateLane),
  "moments of a vCPU": of(vcpuOfName, vcpuTicksLane),
  "moments of an entry": ofEntry(entryTicksLane),
};

function of<Ref>(refOf: (name: string) => Ref | null, read: (ref: Ref) => LaneReader): ReaderOf {
  return (name) => {
    const ref = refOf(name);
    return ref === null ? null : read(ref);
  };
}

function ofEntry(read: (entry: IrteRef) => LaneReader): ReaderOf {
  return of(parseIrteName, read);
}

/** The reader of a lane. Throws ERR_NAME where there is none. */
export function readerOf({ id, of, name }: AskedLane): LaneReader {
  const reader = READERS[of.rows_from](name);
  if (reader === null) throw noLane(id);
  return reader;
}
