// What lines that are all true show together, as rows. A recording that does not show it lacks a line, or has a wrong
// one.

import { type ContradictionRow } from "../../platform/consistency.js";

const ROWS = {
  C1: "an exchange finds in the table what the exchange before it left there",
  C2: "a write and the exchange that carries it out have the same entry and the same bits",
  C3: "each write has an exchange, and each exchange a write",
  C4: "the physical ID entry is what the last load or put left",
  C5: "a load is told the CPU that it runs on, and its task stays there until the put",
  C6: "loads and puts of a vCPU take turns, on one CPU",
  C7: "AVIC is loaded and put with its vCPU while it is active, and not while it is inhibited",
  C8: "a vCPU blocks and unblocks in turn, while it is loaded",
  C9: "each change of a VM's AVIC inhibits starts from the one before it",
  C10: "a vCPU takes up that AVIC is active exactly where no inhibit is left, and never twice",
  C11: "each write is made in a function that writes, for which it was called",
  C12: "the driver is called by the update of the host IRQ that it is about, and the update by its caller",
  C13: "a change of the host's affinity has the vector and CPU that the host has just assigned",
  C14: "a producer is connected and disconnected in turn",
  C15: "a change of AVIC's inhibits is one that was asked for",
  C16: "what a task does for a vCPU it does for the one that it has loaded",
  C17: "the lines of an update name the same VM, GSI, host IRQ, vCPU and vector",
  C18: "no line stands there twice",
  C19: "a host IRQ keeps its entry from its allocation on, and the entry its host IRQ",
  C20: "an irqfd is assigned before it is released, and released before its VM ends",
  C21: "a dump of the host and the lines of the trace show the same",
} as const;

/** The name of a row. */
export type ContradictionId = keyof typeof ROWS;

const OF_DUMP: ContradictionId = "C21";

/** The rows by number. */
export const CONTRADICTION_ROWS: readonly ContradictionRow[] = Object.entries(ROWS).map(
  ([id, says]) => ({ id, says, isOfDump: id === OF_DUMP }),
);
