// /proc/kallsyms: `ADDRESS TYPE NAME`, and `\t[MODULE]` behind the symbols of a module.

import { TwinError } from "../../base/errors.js";

/** A function of the kernel as kallsyms lists it. */
export interface KernelSymbol {
  /** Its name. */
  readonly name: string;
  /** The module that has it; null = the kernel itself. */
  readonly module: string | null;
  /** null = kallsyms hides addresses from those who may not see them. */
  readonly address: bigint | null;
}

/**
 * `whole`: the function as C has it (clang's `.llvm.N` only makes a static name unique). `specialised`: the function
 * with fewer parameters (`.isra.N`) or some that are constant (`.constprop.N`). `piece`: not the function, but its cold
 * code (`.cold`), what stands behind an inlined check (`.part.N`), or something else that the compiler named after it.
 */
export type SymbolKind = "whole" | "specialised" | "piece";

/** What kind of symbol a name is. */
export function kindOfSymbol(name: string): SymbolKind {
  const suffix = name.slice(baseName(name).length);
  if (suffix === "" || /^\.llvm\.\d+$/.test(suffix)) return "whole";
  return /^(?:\.(?:isra|constprop)\.\d+)+$/.test(suffix) ? "specialised" : "piece";
}

/** A function's own name in C: what stands before the first dot. */
export function baseName(name: string): string {
  return name.split(".", 1)[0] ?? name;
}

/** What kallsyms marks with a module's name though no module has it. */
const NO_MODULES = ["bpf", "__builtin__ftrace", "__builtin__kprobes"];

const LINE = /^([0-9a-f]{8,16}) (\w) (\S+)(?:\s+\[(\S+)\])?\s*$/;

/** The functions of a kernel. Throws ERR_KALLSYMS where the text is no kallsyms. */
export class Kallsyms {
  /** The modules that are loaded. */
  readonly modules: ReadonlySet<string>;
  private readonly byName = new Map<string, KernelSymbol[]>();
  /** Names with a dot, by what stands before it. */
  private readonly derived = new Map<string, string[]>();
  private sorted: readonly bigint[] | undefined;

  /** `file` is the text's name, for messages. */
  constructor(file: string, text: string) {
    const modules = new Set<string>();
    let strange = 0;
    let lines = 0;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      lines++;
      const [, address, type = "", name = "", module] = LINE.exec(line) ?? [];
      if (address === undefined) strange++;
      else if (/[tTwW]/.test(type) && !NO_MODULES.includes(module ?? "")) {
        if (module !== undefined) modules.add(module);
        this.add({ name, module: module ?? null, address: addressOf(address) });
      }
    }
    this.modules = modules;
    if (this.byName.size === 0 || strange * 2 > lines)
      throw new TwinError(
        "ERR_KALLSYMS",
        `${file} has no symbols of functions in ${String(lines)} lines: it must be a copy of /proc/kallsyms, of all of it`,
      );
  }

  /** Every symbol of the name; kallsyms may list a name for several functions. */
  named(name: string): readonly KernelSymbol[] {
    return this.byName.get(name) ?? [];
  }

  /** The names that the compiler made from a function's name: `NAME.isra.0`, `NAME.cold`. */
  madeFrom(name: string): readonly string[] {
    return this.derived.get(name) ?? [];
  }

  /** Has it a function of this name, or one made from it? */
  has(name: string): boolean {
    return this.byName.has(name) || this.derived.has(name);
  }

  /** Are the addresses there? They are zero for a reader without CAP_SYSLOG, or where kptr_restrict is 2. */
  get showsAddresses(): boolean {
    return this.addresses().length > 0;
  }

  /** From a symbol to the next one, in bytes; null = it is the last one, or addresses are hidden. */
  sizeOf({ address }: KernelSymbol): number | null {
    if (address === null) return null;
    const addresses = this.addresses();
    let [low, high] = [0, addresses.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((addresses[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const next = addresses[low];
    return next === undefined ? null : Number(next - address);
  }

  private addresses(): readonly bigint[] {
    this.sorted ??= [...this.byName.values()]
      .flatMap((symbols) => symbols.map(({ address }) => address))
      .filter((address) => address !== null)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return this.sorted;
  }

  private add(symbol: KernelSymbol): void {
    append(this.byName, symbol.name, symbol);
    const base = baseName(symbol.name);
    if (base !== symbol.name) append(this.derived, base, symbol.name);
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

function addressOf(digits: string): bigint | null {
  return /^0+$/.test(digits) ? null : BigInt(`0x${digits}`);
}
