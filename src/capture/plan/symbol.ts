// Which symbol of a kernel serves a probe.

import { type Probe } from "../../domain/amd/probes/probes.js";
import { baseName, kindOfSymbol, type Kallsyms, type KernelSymbol } from "../symbols/kallsyms.js";

/** The symbol that a probe is set on. */
export interface ChosenSymbol {
  /** Its name, as kallsyms has it. */
  readonly name: string;
  /** The function's name in C. */
  readonly function: string;
  /** The module that it is in; null = the kernel itself. */
  readonly module: string | null;
  /** How kprobes find it: `NAME`, or `MODULE:NAME` where another module has the same name. */
  readonly place: string;
  /** The compiler made it from the function, with other parameters. */
  readonly isSpecialised: boolean;
  /** Besides it there are specialised copies, so it does not see every call. */
  readonly hasCopies: boolean;
}

/** There is no symbol that a probe could be on. */
export interface NoSymbol {
  /** Why there is none, in one sentence. */
  readonly why: string;
  /** The function is there, but not so that a probe can be on it. */
  readonly isThere: boolean;
}

/** The functions that a probe may be on, the newest name first. */
export function functionsOf({ function: fn, symbols }: Probe): readonly string[] {
  const names = [fn, ...symbols.map(([, symbol]) => symbol).toReversed()];
  return [...new Set(names.filter((name) => name !== null).map(baseName))];
}

/** The symbol of a function, or why no probe can be on it. */
export function chooseSymbol(fn: string, kallsyms: Kallsyms): ChosenSymbol | NoSymbol {
  const made = kallsyms.madeFrom(fn);
  const specialised = made.filter((name) => kindOfSymbol(name) === "specialised");
  const whole = [fn, ...made.filter((name) => kindOfSymbol(name) === "whole")].filter(
    (name) => kallsyms.named(name).length > 0,
  );
  const [name, ...others] = whole.length > 0 ? whole : specialised;
  if (name === undefined) return noSymbol(fn, made);
  const found = placed(kallsyms.named(name));
  if (others.length > 0)
    return refused(
      `${fn} is there as ${[name, ...others].join(" and ")}: a probe on one misses the others`,
    );
  if (found === null)
    return refused(
      `${name} is not unique: ${String(kallsyms.named(name).length)} functions have this name, and the kernel refuses such a probe`,
    );
  return {
    name,
    function: fn,
    ...found,
    isSpecialised: whole.length === 0,
    hasCopies: whole.length > 0 && specialised.length > 0,
  };
}

function refused(why: string): NoSymbol {
  return { why, isThere: true };
}

function noSymbol(fn: string, made: readonly string[]): NoSymbol {
  if (made.length > 0)
    return refused(
      `there is no symbol ${fn}, only ${made.join(", ")}, which is not the whole function`,
    );
  const why = `there is no symbol ${fn}: the kernel has no such function, or the compiler inlined it`;
  return { why, isThere: false };
}

/** The one symbol, or the one of a module that can be named by it; null = several. */
function placed(symbols: readonly KernelSymbol[]): Pick<ChosenSymbol, "module" | "place"> | null {
  const [only, ...others] = symbols;
  if (only === undefined) return null;
  if (others.length === 0) return { module: only.module, place: only.name };
  const ours = symbols.filter(({ module }) => module !== null && MODULES.includes(module));
  const [mine, ...more] = ours;
  if (mine === undefined || more.length > 0) return null;
  return { module: mine.module, place: `${mine.module ?? ""}:${mine.name}` };
}

/** The modules that have functions with probes. */
export const MODULES: readonly string[] = ["kvm", "kvm_amd", "irqbypass", "vfio", "vfio_pci_core"];
