// The IOMMU's `irqtbl` of debugfs as a file of its own, as `cat` prints it: the dumps of one device after another, of as
// many IOMMUs as the host has. Unlike a line of a header, a line that is damaged makes the whole file unusable.

import { parseBdfName, irteName, type DeviceRef } from "../../domain/values/names.js";
import { sameBits } from "../../domain/values/bits.js";
import { irteKey } from "../../domain/values/ids.js";
import { IRTES_MAX } from "../../domain/amd/irte/irte.js";
import { IRTE } from "../../domain/amd/irte/irte-fields.js";
import { DEVICE, ENTRY, bitsOfWords, type DumpedEntry } from "./irqtbl.js";

/** What a file of dumps shows, or the first line that cannot be used. */
export type IrqtblFile =
  | {
      /** The entries, in the order of the file. */
      readonly entries: readonly DumpedEntry[];
    }
  | {
      /** The number of the line. */
      readonly line: number;
      /** What is wrong with it, in words. */
      readonly problem: string;
    };

/** What the kernel prints instead of a device's table (drivers/iommu/amd/debugfs.c): no damage, and no entry. */
const NO_TABLE: readonly (readonly [text: RegExp, problem: string])[] = [
  [/^Interrupt remapping is disabled$/, "the host does not remap interrupts"],
  [/^Enter a valid device ID to 'devid' file$/, "no device was written to `devid` before"],
  [/^(?:IRQ lookup table not set for|Device table not found)/, "the device has no table"],
  [/invalid IRT length value/, "the kernel found the table's length to be wrong"],
];

const ENTRY_32 = /^IRT\[\d{1,4}\] [0-9a-f]{8}$/;
const NARROW = "it is an entry of 32 bits, which no vCPU can be posted to";
const OTHERWISE =
  "it is neither `DeviceId SSSS:BB:DD.F` nor `IRT[NNNN] HIGH LOW` of 16 digits each";

/** Reads the text of a file of dumps. */
export function readIrqtblFile(text: string): IrqtblFile {
  const entries = new Map<number, DumpedEntry>();
  let device: DeviceRef | null = null;
  let without: { readonly line: number; readonly problem: string } | null = null;
  for (const [index, whole] of text.split("\n").entries()) {
    const line = index + 1;
    const shown = whole.trimEnd();
    if (shown === "") continue;
    const [, problem] = NO_TABLE.find(([refusal]) => refusal.test(shown)) ?? [];
    if (problem !== undefined) {
      without ??= { line, problem };
      device = null;
      continue;
    }
    const [, name] = DEVICE.exec(shown) ?? [];
    if (name !== undefined) {
      device = parseBdfName(name);
      if (device === null) return { line, problem: `${name} is no device` };
      continue;
    }
    const read = entryOf(shown, device, line);
    if ("problem" in read) return { line, problem: read.problem };
    const key = irteKey(read.segment, read.devid, read.index);
    const known = entries.get(key);
    if (known !== undefined && !sameBits(known.bits, read.bits))
      return { line, problem: `line ${-known.line} shows ${nameOf(read)} with other bits` };
    entries.set(key, known ?? read);
  }
  if (entries.size > 0) return { entries: [...entries.values()] };
  return without ?? { line: 1, problem: "the file shows no entry" };
}

function entryOf(
  text: string,
  device: DeviceRef | null,
  line: number,
): DumpedEntry | { readonly problem: string } {
  const [, digits, hiH = "", hiL = "", loH = "", loL = ""] = ENTRY.exec(text) ?? [];
  if (digits === undefined) return { problem: ENTRY_32.test(text) ? NARROW : OTHERWISE };
  if (device === null) return { problem: "no line above it names its device (DeviceId)" };
  const index = Number(digits);
  if (index >= IRTES_MAX)
    return { problem: `no table has an entry ${index}: ${IRTES_MAX} are the most` };
  const bits = bitsOfWords([loH, loL, hiH, hiL]);
  if (!IRTE.valid.isSet(bits))
    return { problem: "the entry is not valid, and irqtbl shows valid ones only" };
  return { ...device, index, bits, line: -line, at: null };
}

function nameOf({ segment, devid, index }: DumpedEntry): string {
  return irteName(segment, devid, index);
}
