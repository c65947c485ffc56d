// Dumps of the remapping table as the kernel would have printed them, made from what a whole recording shows.

import { AMD } from "../../src/domain/amd/platform.js";
import { IRTE } from "../../src/domain/amd/irte/irte-fields.js";
import { type IrteBits } from "../../src/domain/values/bits.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { bdfName } from "../../src/domain/values/names.js";
import { emptyState, type IrteState } from "../../src/domain/fold/state.js";
import { readIrqtblFile } from "../../src/source/header/irqtbl-file.js";
import { type TableDump } from "../../src/source/header/irqtbl.js";
import { type Read } from "./events.js";

/** What irqtbl would show after the first lines of a recording: every valid entry, by device. */
export function irqtblAt(read: Read, line: number): string {
  const before = read.events.filter((event) => event.line <= line);
  const seesExchanges = read.events.some(({ kind }) => kind === KIND.irte_exchanged);
  const { iommu } = AMD.fold.evolveBatch(emptyState(read.rules, seesExchanges), before);
  return [...iommu.irtes.values()].flatMap(linesOf).join("\n");
}

function linesOf({ segment, devid, index, bits }: IrteState): string[] {
  if (bits === null || !IRTE.valid.isSet(bits)) return [];
  return [`DeviceId ${bdfName(segment, devid)}`, entryLine(index, bits), ""];
}

/** An entry as irqtbl prints it. */
export function entryLine(index: number, { loH, loL, hiH, hiL }: IrteBits): string {
  const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
  return `IRT[${String(index).padStart(4, "0")}] ${hex(hiH)}${hex(hiL)} ${hex(loH)}${hex(loL)}`;
}

/** The dump that a reader takes; null = the text shows no entry. */
export function dumpOf(text: string, at: TableDump["at"] = "start"): TableDump | null {
  const read = readIrqtblFile(text);
  if ("problem" in read) return null;
  const header = { line: 0, key: "anchor", value: "", words: new Map<string, string>() };
  return { entries: read.entries, facts: [], at, header: { ...header, problem: null } };
}
