// How a probe is defined on a kernel: what it fetches, by the names that the kernel's own type information
// (BTF) has. Offsets and argument numbers never stand here: they differ from build to build, and BTF tells them.
// Only what BTF cannot tell stands here as a number, with the builds on which it was verified.

import { type Level } from "../../platform/facts.js";

/**
 * What a field fetches, in C's words: `NAME=EXPRESSION:TYPE`, in the order in which the line prints them. TYPE is
 * the kprobe type (`x64`, `s32`), and must have the size of what is fetched. An EXPRESSION is
 *
 * - `vcpu`: a parameter of the function, by its name in BTF; `a|b`: the one of these names that it has;
 * - `%devid`: the same, written as the register that holds it; inside of a function, a register of the machine;
 * - `$retval`: what the function returns, unless it returns nothing: then the field is left out;
 *
 * and may go on with
 *
 * - `->arch.apic`: a member of what it points to; `->*`: what it points to;
 * - ` as amd_ir_data`: it points to this struct, though the kernel declares `void *`;
 * - ` in kvm_svm.kvm`: it points to this member of that struct, as the kernel's container_of();
 *
 * `&svm->vcpu` is the address of a member, which can be fetched if the member is the first one.
 */
export type FieldText = `${string}=${string}:${string}`;

/** One form of a probe's definition. */
export interface Definition {
  /** The function that it is for; absent = any name that the row gives. */
  readonly of?: string;
  /** Parameters that the function must have for this form to be meant. */
  readonly needs?: readonly string[];
  /** It is for kernels whose return probes can fetch arguments (since Linux 6.9), or cannot; absent = for both. */
  readonly where?: "returns take arguments" | "returns take none";
  /** The smallest set that has the probe in this form, where that is not the row's. */
  readonly level?: Level;
  /** The fields that the probe fetches, in the order of its line. */
  readonly fields: readonly FieldText[];
}

/** Bytes of a function's code, as hexadecimal digits, at an offset from its start. */
export type Landmark = readonly [offset: number, bytes: string];

/** Where something was verified: the builds, as `uname -r` prints them, and how their code looks. */
export interface Verified {
  /** The builds, as `uname -r` prints them. */
  readonly builds: readonly string[];
  /** A function whose code has all of these is as verified as the builds, whatever its release. */
  readonly landmarks: readonly Landmark[];
}

/** A parameter as C declares it: the struct that it points to, or its size in bytes. */
export type Parameter = readonly [name: string, is: string | 1 | 2 | 4 | 8];

/** The parameters of a function that BTF leaves out because the compiler has specialised it. */
export interface Prototype {
  /** The name of the function. */
  readonly of: string;
  /** Its parameters, in order. */
  readonly parameters: readonly Parameter[];
  /** Where these parameters were seen in the registers that C's calling convention gives them. */
  readonly verified: Verified;
}

/** An instruction inside of a function, which is found in the function's own code. */
export interface InstructionPlace {
  /** The only instruction of this name; the expression `%operand` stands for the register that it takes. */
  readonly at: "cmpxchg16b";
  /** Builds for which the code need not be read: the offset from the function's start in bytes, and the operand. */
  readonly known: readonly {
    /** The builds, as `uname -r` prints them. */
    readonly builds: readonly string[];
    /** Bytes from the function's start to the instruction. */
    readonly offset: number;
    /** The register that `%operand` stands for. */
    readonly operand: string;
  }[];
}

/** An offset inside of a function, which holds where the function's code has all of the landmarks. */
export interface LandmarkPlace {
  /** Tells it from an InstructionPlace. */
  readonly at: "landmarks";
  /** The offset on the builds where it was verified, with their landmarks. */
  readonly known: readonly (Verified & {
    /** Bytes from the function's start. */
    readonly offset: number;
  })[];
}

/** A place inside of a function. */
export type Place = InstructionPlace | LandmarkPlace;
