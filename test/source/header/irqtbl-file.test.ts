// irqtbl of debugfs as a file of its own: read as the kernel prints it, or refused at the first line that is damaged.

import { describe, expect, it } from "vitest";
import { readIrqtblFile } from "../../../src/source/header/irqtbl-file.js";

/** As drivers/iommu/amd/debugfs.c prints the tables of three devices, the last one in another PCI segment. */
const TWO_IOMMUS = `DeviceId 0000:01:00.0
IRT[0000] 0000000000000020 0000000000000241
IRT[0001] 0000000123456041 00000203000025c5

DeviceId 0000:c1:00.1
IRT[0000] 0100000000000022 0000000023456701

DeviceId 0001:01:00.0
IRT[2047] 0000000000000021 0000000000000041

`;

describe("a file of dumps", () => {
  it("shows each entry with its device, its 128 bits and its line", () => {
    expect(readIrqtblFile(TWO_IOMMUS)).toEqual({
      entries: [
        {
          ...{ segment: 0, devid: 0x100, index: 0, line: -2, at: null },
          bits: { loH: 0, loL: 0x241, hiH: 0, hiL: 0x20 },
        },
        {
          ...{ segment: 0, devid: 0x100, index: 1, line: -3, at: null },
          bits: { loH: 0x203, loL: 0x25c5, hiH: 1, hiL: 0x23456041 },
        },
        {
          ...{ segment: 0, devid: 0xc101, index: 0, line: -6, at: null },
          bits: { loH: 0, loL: 0x23456701, hiH: 0x0100_0000, hiL: 0x22 },
        },
        {
          ...{ segment: 1, devid: 0x100, index: 2047, line: -9, at: null },
          bits: { loH: 0, loL: 0x41, hiH: 0, hiL: 0x21 },
        },
      ],
    });
  });

  it("reads lines that end as Windows ends them, and a device that is shown twice alike", () => {
    const twice = TWO_IOMMUS + TWO_IOMMUS;
    expect(readIrqtblFile(twice.replaceAll("\n", "\r\n"))).toEqual(readIrqtblFile(TWO_IOMMUS));
  });

  it("passes over devices without a table", () => {
    const none = "IRQ lookup table not set for 0000:02:00:0\nDevice table not found\n";
    expect(readIrqtblFile(TWO_IOMMUS + none)).toEqual(readIrqtblFile(TWO_IOMMUS));
    const stray = `${none}IRT[0000] 0000000000000020 0000000000000241\n`;
    expect(readIrqtblFile(TWO_IOMMUS + stray)).toMatchObject({ line: 13 });
  });

  it.each([
    ["an entry that is cut off", TWO_IOMMUS.slice(0, 60), 2, "neither"],
    ["an entry before any device", "IRT[0000] 0000000000000020 0000000000000241", 1, "DeviceId"],
    ["an entry of 32 bits", "DeviceId 0000:01:00.0\nIRT[0000] 00222501", 2, "32 bits"],
    ["a device that cannot be", "DeviceId 0000:01:20.0\n", 1, "no device"],
    ["an index beyond every table", TWO_IOMMUS.replace("2047", "2048"), 9, "2048"],
    ["an entry that is not valid", TWO_IOMMUS.replace("0241", "0240"), 2, "valid"],
    ["an entry with two values", TWO_IOMMUS + TWO_IOMMUS.replace("0020", "0021"), 12, "line 2"],
    ["a host without remapping", "Interrupt remapping is disabled\n", 1, "does not remap"],
    ["a device without a table", "\nDevice table not found\n", 2, "no table"],
    ["no device chosen", "Enter a valid device ID to 'devid' file\n", 1, "devid"],
    ["a trace", "# tracer: nop\n", 1, "neither"],
    ["bytes of anything", "\u0000\u0001\u0002", 1, "neither"],
    ["nothing", "", 1, "no entry"],
    ["devices without entries", "DeviceId 0000:01:00.0\n\n", 1, "no entry"],
  ])("refuses %s by its line", (_what, text, line, says) => {
    const read = readIrqtblFile(text);
    expect(read).toMatchObject({ line });
    expect("problem" in read ? read.problem : "").toContain(says);
  });
});
