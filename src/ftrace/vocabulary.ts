// The vocabulary of the trace: the probe table, and for each name that says something its reader. A name
// that the table lacks is unknown: it is counted, and said so.

import { PROBES, type ProbeName } from "../domain/amd/probes/probes.js";
import { type Reader, type Readers } from "./interpret/interpreter.js";
import { INTERRUPT_READERS } from "./readers/interrupts.js";
import { IOMMU_READERS } from "./readers/iommu.js";
import { KVM_READERS } from "./readers/kvm.js";
import { MARKER_READERS } from "./readers/markers.js";
import { PI_UPDATE_READERS } from "./readers/pi-update.js";

/** The readers of all names whose lines become events, or tell what the next line means. */
export const READERS: Readers = {
  ...IOMMU_READERS,
  ...PI_UPDATE_READERS,
  ...KVM_READERS,
  ...INTERRUPT_READERS,
  ...MARKER_READERS,
};

/** The tracepoints, many of which hosts of other platforms have too. No line of theirs is read. */
export const TRACEPOINTS: Vocabulary = PROBES.filter(({ type }) => type === "tracepoint").map(
  ({ name }) => [name, null] as const,
);

/** Names of events with their readers; null = lines of that name are counted and not stored. */
export type Vocabulary = readonly (readonly [name: string, reader: Reader | null])[];

/** Every name of the table, with its reader; null = its lines are counted and not stored. */
export const VOCABULARY: readonly (readonly [ProbeName, Reader | null])[] = PROBES.map(
  ({ name }) => [name, READERS[name] ?? null],
);
