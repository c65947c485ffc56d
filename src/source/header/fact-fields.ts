// The values of one fact in a dump of a host's state: read by name, each with the form that it must have.

import { parseIrteName, type IrteRef } from "../../domain/values/names.js";
import { IRTES_MAX } from "../../domain/amd/irte/irte.js";

/** A 64-bit word: bits 63:32 and 31:0, as signed 32-bit integers. */
export interface Word {
  /** Bits 63:32. */
  readonly high: number;
  /** Bits 31:0. */
  readonly low: number;
}

/** A fact as JSON has it. */
export type JsonFact = Readonly<Record<string, unknown>>;

const WORD = /^0x([0-9a-f]{8})([0-9a-f]{8})$/;
/** Higher than any number of a CPU, a GSI or an interrupt. */
const NUMBER_MAX = 0xffff_ffff;

/** Reads the values of a fact. Whoever has read them asks for the problem. */
export class FactFields {
  /** Why the fact cannot be used, in words; null = all that was read has its form. */
  problem: string | null = null;
  private readonly fact: JsonFact;

  /** `fact`: as JSON has it. */
  constructor(fact: JsonFact) {
    this.fact = fact;
  }

  /** Does the document have it? */
  has(name: string): boolean {
    return this.fact[name] !== undefined;
  }

  /** A whole number from `least` on; null = it is not known. */
  number(name: string, least = 0): number | null {
    const value = this.fact[name];
    if (value === null) return null;
    const isNumber =
      Number.isInteger(value) && Number(value) >= least && Number(value) <= NUMBER_MAX;
    return isNumber ? Number(value) : this.not(name, "a whole number");
  }

  /** A flag as 1 or 0; null = it is not known. */
  flag(name: string): number | null {
    const value = this.fact[name];
    if (value === null) return null;
    return typeof value === "boolean" ? Number(value) : this.not(name, "true or false");
  }

  /** 64 bits; null = they are not known. */
  word(name: string): Word | null {
    const value = this.fact[name];
    if (value === null) return null;
    const [, high = "", low = ""] = typeof value === "string" ? (WORD.exec(value) ?? []) : [];
    if (high === "") return this.not(name, "0x and 16 digits");
    return { high: parseInt(high, 16) | 0, low: parseInt(low, 16) | 0 };
  }

  /** A text; null = it is not known, or the document does not have it. */
  text(name: string): string | null {
    const value = this.fact[name] ?? null;
    return value === null || typeof value === "string" ? value : this.not(name, "a text");
  }

  /** The name of an entry. */
  irte(name: string): IrteRef | null {
    return irteNamed(this.fact[name]) ?? this.not(name, "an entry as SSSS:BB:DD.F/INDEX");
  }

  /** A list of names of entries; null = it is not known. */
  irtes(name: string): readonly IrteRef[] | null {
    const value = this.fact[name];
    if (value === null) return null;
    if (!Array.isArray(value)) return this.not(name, "a list of entries");
    const irtes = value.map((each) => irteNamed(each));
    const known = irtes.filter((each) => each !== null);
    return known.length === irtes.length ? known : this.not(name, "a list of entries");
  }

  private not(name: string, form: string): null {
    this.problem ??= `its ${name} is not ${form}`;
    return null;
  }
}

function irteNamed(value: unknown): IrteRef | null {
  const irte = typeof value === "string" ? parseIrteName(value) : null;
  return irte === null || irte.index >= IRTES_MAX ? null : irte;
}
