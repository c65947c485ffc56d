// The code of kernel functions, from an ELF file: /proc/kcore of the running kernel, or a vmlinux.

import { TwinError } from "../../base/errors.js";

/** Reads bytes of a file at a place; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** A part of the file that is loaded at an address. */
interface Segment {
  readonly address: bigint;
  readonly offset: number;
  readonly length: number;
  readonly isCode: boolean;
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const LOAD = 1;
const EXECUTABLE = 1;
/** More than any function of the table has. */
const LONGEST_FUNCTION = 4096;

/** An ELF file with the code of a kernel. Throws ERR_VMLINUX where it is none. */
export class KernelImage {
  private readonly segments: readonly Segment[];
  private readonly read: ReadAt;

  /** `name` is the file's, for messages. */
  constructor(name: string, read: ReadAt) {
    this.read = read;
    this.segments = segmentsOf(name, read);
  }

  /** Where the code begins if it is loaded where it was linked. */
  get start(): bigint | null {
    return this.segments.find(({ isCode }) => isCode)?.address ?? null;
  }

  /** The bytes at an address; null = the file has not all of them. */
  bytesAt(address: bigint, length: number): Uint8Array | null {
    const segment = this.segments.find(
      (each) => address >= each.address && address < each.address + BigInt(each.length),
    );
    if (segment === undefined || length > LONGEST_FUNCTION) return null;
    const at = Number(address - segment.address);
    if (at + length > segment.length) return null;
    const bytes = this.read(segment.offset + at, length);
    return bytes.length === length ? bytes : null;
  }
}

function segmentsOf(name: string, read: ReadAt): readonly Segment[] {
  const header = read(0, HEADER_BYTES);
  const refuse = (why: string): never => {
    throw new TwinError("ERR_VMLINUX", `${name} ${why}`);
  };
  if (isBootImage(read))
    refuse(
      "is a compressed boot image: unpack it with scripts/extract-vmlinux of the kernel's source",
    );
  if (
    header.length < HEADER_BYTES ||
    Buffer.from(header.subarray(0, 6)).toString("latin1") !== "\x7fELF\x02\x01"
  )
    refuse("is no 64-bit ELF file: it must be a vmlinux, plain or .gz");
  const view = viewOf(header);
  const [at, size, count] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  const table = read(at, size * count);
  if (size !== SEGMENT_BYTES || table.length !== size * count) refuse("is cut off");
  const segments = viewOf(table);
  return Array.from({ length: count }, (_, i) => i * SEGMENT_BYTES)
    .filter((place) => segments.getUint32(place, true) === LOAD)
    .map((place) => ({
      isCode: (segments.getUint32(place + 4, true) & EXECUTABLE) !== 0,
      offset: Number(segments.getBigUint64(place + 8, true)),
      address: segments.getBigUint64(place + 16, true),
      length: Number(segments.getBigUint64(place + 32, true)),
    }));
}

/** A bzImage has `HdrS` in its setup header. */
function isBootImage(read: ReadAt): boolean {
  return Buffer.from(read(0x202, 4)).toString("latin1") === "HdrS";
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
