// What stands at an address of the kernel, by kallsyms, as the kernel prints it: `svm_vcpu_load+0x5/0x1b0 [kvm_amd]`.

import { ADDRESS_BITS } from "./frames.js";

/** `ffffffffc04539f0 t kvm_arch_init_vm\t[kvm]` */
const LINE = /^[0-9a-f]+ \w (\S+)(?:\t\[(\S+)\])?/;
/** Digits of an address that tell it apart. */
const DIGITS = ADDRESS_BITS / 4;
const ADDRESS_DIGITS_MAX = 16;
/** A function is no larger; what is farther from a symbol is none of it. */
const FUNCTION_BYTES_MAX = 1 << 20;
/** A kernel has some 200,000 symbols. */
const SYMBOLS_MAX = 4_000_000;

/** The symbols of a kernel. */
export class Symbols {
  private readonly load: () => string;
  private text = "";
  private addresses: Float64Array | null = null;
  private lines = new Int32Array(0);

  /** `load` gives the text of kallsyms; it is asked when the first address is. */
  constructor(load: () => string) {
    this.load = load;
  }

  /** What is at an address, by its lower ADDRESS_BITS; null = nothing that is known. */
  at(wanted: number): string | null {
    const addresses = (this.addresses ??= this.index());
    let found = -1;
    let best = 0;
    let next = Infinity;
    for (let i = 0; i < addresses.length; i++) {
      const each = addresses[i] ?? 0;
      if (each > wanted) next = Math.min(next, each);
      else if (each > best) {
        best = each;
        found = i;
      }
    }
    if (found < 0 || wanted - best > FUNCTION_BYTES_MAX) return null;
    return this.described(found, wanted - best, next - best);
  }

  private described(place: number, offset: number, size: number): string | null {
    const begin = this.lines[place] ?? 0;
    const [, name = "", module] = LINE.exec(this.text.slice(begin, begin + 1024)) ?? [];
    const within = `${name}+0x${offset.toString(16)}/0x${Number.isFinite(size) ? size.toString(16) : "0"}`;
    return module === undefined ? within : `${within} [${module}]`;
  }

  private index(): Float64Array {
    const text = (this.text = this.load());
    const addresses: number[] = [];
    const lines: number[] = [];
    for (let at = 0; at < text.length && addresses.length < SYMBOLS_MAX;) {
      const space = text.indexOf(" ", at);
      if (space < 0) break;
      // An unprivileged reader of kallsyms sees zeros.
      const address = space - at > ADDRESS_DIGITS_MAX ? 0 : lowDigits(text, at, space);
      if (address > 0) {
        addresses.push(address);
        lines.push(at);
      }
      const newline = text.indexOf("\n", space);
      at = newline < 0 ? text.length : newline + 1;
    }
    this.lines = Int32Array.from(lines);
    return Float64Array.from(addresses);
  }
}

function lowDigits(text: string, start: number, end: number): number {
  return parseInt(text.slice(Math.max(start, end - DIGITS), end), 16);
}
