// The code of functions, from an ELF file.

import { describe, expect, it } from "vitest";
import { KernelImage } from "../../../src/capture/host/elf.js";
import { elfOf } from "../../support/elf.js";

const START = 0xffffffff81000000n;

function imageOf(bytes: Buffer): KernelImage {
  return new KernelImage("vmlinux", (offset, length) => bytes.subarray(offset, offset + length));
}

describe("an ELF file", () => {
  const image = imageOf(elfOf(START, Buffer.from("00112233445566", "hex")));

  it("has the bytes at an address", () => {
    expect(image.start).toBe(START);
    expect(image.bytesAt(START + 2n, 3)).toEqual(Buffer.from("223344", "hex"));
  });

  it("has none outside of what is loaded, nor more than a function has", () => {
    expect(image.bytesAt(START - 1n, 2)).toBeNull();
    expect(image.bytesAt(START + 5n, 3)).toBeNull();
    expect(image.bytesAt(START, 5000)).toBeNull();
  });

  it.each([
    ["is no 64-bit ELF file", Buffer.from("no elf at all".padEnd(600))],
    ["is no 64-bit ELF file", Buffer.alloc(0)],
    ["is a compressed boot image", Buffer.from("HdrS".padStart(0x206, "\0"))],
    ["is cut off", elfOf(START, Buffer.alloc(8)).subarray(0, 70)],
  ])("that %s is refused", (why, bytes) => {
    expect(() => imageOf(bytes)).toThrow(`vmlinux ${why}`);
  });
});
