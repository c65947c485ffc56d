// The code of the kernel's functions on a host, if it can be read and is of the kernel at hand.

import { TwinError } from "../../base/errors.js";
import { type CodeOf } from "../plan/code.js";
import { type Kallsyms } from "../symbols/kallsyms.js";
import { KernelImage } from "./elf.js";
import { codeOf as errorCode, openAt, readPlain } from "./files.js";

/** What the code must be of. */
interface Known {
  /** /sys/kernel/btf/vmlinux as it is: a vmlinux has the same bytes inside. */
  readonly btf: Buffer;
  readonly kallsyms: Kallsyms;
  readonly release: string | null;
}

/** How code is read, and what was learned on the way. */
export interface HostCode {
  /** Gives the bytes of a function. */
  readonly codeOf: CodeOf;
  /** What the image says of itself; null = nothing. */
  readonly release: string | null;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

/** Reads from a vmlinux if one is given, else from /proc/kcore. Throws ERR_VMLINUX for a file that is not fit. */
export function codeOfHost(vmlinux: string | null, kcore: string | null, known: Known): HostCode {
  if (vmlinux !== null) return ofVmlinux(vmlinux, known);
  if (kcore !== null) return ofKcore(kcore, known);
  return nothing([]);
}

function nothing(notes: readonly string[]): HostCode {
  return { codeOf: () => null, release: null, notes };
}

const HIDDEN =
  "kallsyms hides all addresses (they are 0), so the kernel's code cannot be read: read it as root, with kernel.kptr_restrict 0 or 1.";

function ofKcore(path: string, { kallsyms }: Known): HostCode {
  if (!kallsyms.showsAddresses) return nothing([HIDDEN]);
  try {
    return {
      codeOf: reader(new KernelImage(path, openAt(path)), kallsyms, 0n),
      release: null,
      notes: [],
    };
  } catch (error) {
    const why = error instanceof TwinError ? "it is no ELF file" : errorCode(error);
    // A copy of a host's files has none, and cannot have.
    if (why === "ENOENT") return nothing([]);
    return nothing([
      `${path} cannot be read (${why}): probes inside of functions need it, or \`vmlinux\`.`,
    ]);
  }
}

function ofVmlinux(path: string, { btf, kallsyms, release }: Known): HostCode {
  const file = readPlain(path, "ERR_VMLINUX");
  if (file === null) throw new TwinError("ERR_VMLINUX", `${path} is not there`);
  const image = new KernelImage(path, (offset, length) => file.subarray(offset, offset + length));
  if (!file.includes(btf))
    throw new TwinError(
      "ERR_VMLINUX",
      `${path} does not contain the BTF at hand: it is the vmlinux of another kernel`,
    );
  const banner = /Linux version (\S+) /.exec(textAround(file, "Linux version "))?.[1] ?? null;
  if (release !== null && banner !== null && banner !== release)
    throw new TwinError("ERR_VMLINUX", `${path} is Linux ${banner}, and the host runs ${release}`);
  if (!kallsyms.showsAddresses) return { ...nothing([HIDDEN]), release: banner };
  return { codeOf: reader(image, kallsyms, shiftOf(image, kallsyms)), release: banner, notes: [] };
}

/** The longest release that Linux has. */
const BANNER_BYTES = 100;

function textAround(file: Buffer, words: string): string {
  const at = file.indexOf(words);
  return at < 0 ? "" : file.toString("latin1", at, at + BANNER_BYTES);
}

/** How far the host's kernel is from where it was linked (KASLR). */
function shiftOf(image: KernelImage, kallsyms: Kallsyms): bigint {
  const start = ["_text", "_stext"].flatMap((name) => kallsyms.named(name))[0]?.address ?? null;
  return start === null || image.start === null ? 0n : start - image.start;
}

function reader(image: KernelImage, kallsyms: Kallsyms, shift: bigint): CodeOf {
  return (name) => {
    const [symbol, ...others] = kallsyms.named(name);
    if (symbol?.address == null || others.length > 0) return null;
    const size = kallsyms.sizeOf(symbol);
    return size === null ? null : image.bytesAt(symbol.address - shift, size);
  };
}
