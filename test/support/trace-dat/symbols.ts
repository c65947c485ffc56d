// A kallsyms that has every symbol that the lines of a text print, at addresses of its own.

const SPAN = 0x10_0000n;
const FIRST = 0xffffffffc0000000n;
const SYMBOL = /^(\S+)\+0x([0-9a-f]+)\/0x([0-9a-f]+)(?: \[(\S+)\])?$/;

/** Gives addresses to symbols. */
export class MadeUpSymbols {
  private readonly bases = new Map<string, bigint>();
  private readonly lines: string[] = [];
  private next = FIRST;

  /** The address of `symbol+0x4/0x2a0 [module]`. */
  place(text: string): bigint {
    const [, name = text, offset = "0", size = "100", module] = SYMBOL.exec(text) ?? [];
    return this.base(name, BigInt(`0x${size}`), module) + BigInt(`0x${offset}`);
  }

  /** The address of a function. */
  start(name: string): bigint {
    return this.base(name, 0x100n, undefined);
  }

  get kallsyms(): string {
    return this.lines.join("");
  }

  private base(name: string, size: bigint, module: string | undefined): bigint {
    const known = this.bases.get(name);
    if (known !== undefined) return known;
    const base = this.next;
    this.next += SPAN;
    this.bases.set(name, base);
    const of = module === undefined ? "" : `\t[${module}]`;
    this.lines.push(`${base.toString(16)} t ${name}${of}\n`);
    this.lines.push(`${(base + size).toString(16)} t end_of_${name}${of}\n`);
    return base;
  }
}
