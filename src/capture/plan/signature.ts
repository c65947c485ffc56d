// Where a function's parameters are when it begins: by BTF, or by the probe table where BTF has left them out.

import { type Prototype } from "../../domain/amd/probes/definition.js";
import { BTF_KIND, type BtfEntry } from "../btf/btf.js";
import { bareType, isAggregate, pointedTo, sizeOf, type TypeRef } from "../btf/types.js";
import { type KernelTypes } from "./kernel-types.js";

/** A value that an expression begins with. */
export interface Root {
  /** How kprobes name it: `$arg1`, `%si`, `$retval`. */
  readonly text: string;
  /** What it points to; null = it is no pointer, or to something unknown. */
  readonly pointsTo: TypeRef | null;
  /** In bytes; null = not known. */
  readonly size: number | null;
}

/** A value that cannot be fetched, and why. */
interface NoRoot {
  readonly why: string;
}

/** What an expression may begin with in one function. */
export interface Signature {
  /** A parameter by its name, as `$argN` or as a register; null = there is none. */
  readonly root: (name: string, asRegister: boolean) => Root | NoRoot | null;
  /** The returned value; or why there is none. */
  readonly returned: Root | NoRoot;
  /** Does the function return something? */
  readonly returns: "something" | "nothing" | "unknown";
}

/** The registers of the first parameters on x86-64, in the kernel's words. */
const REGISTERS = ["di", "si", "dx", "cx", "r8", "r9"];

/** The signature that BTF has. */
export function signatureOf({ btf, id }: TypeRef): Signature {
  const prototype = btf.type(id);
  const parameters = prototype === null ? [] : btf.entries(prototype);
  const result: TypeRef = { btf, id: prototype?.sizeOrType ?? 0 };
  const isVoid = bareType(result) === null;
  return {
    root: (name, asRegister) => {
      const at = parameters.findIndex((parameter) => parameter.name === name);
      if (at < 0) return null;
      const why = whyNotInRegister(parameters.slice(0, at + 1), { btf, id });
      return why === null
        ? rootOf(at, asRegister, { btf, id: parameters[at]?.type ?? 0 })
        : { why };
    },
    returned: isVoid
      ? { why: "the function returns nothing" }
      : { text: "$retval", pointsTo: pointedTo(result), size: sizeOf(result) },
    returns: isVoid ? "nothing" : "something",
  };
}

function rootOf(at: number, asRegister: boolean, type: TypeRef): Root {
  return { text: nameOf(at, asRegister), pointsTo: pointedTo(type), size: sizeOf(type) };
}

function nameOf(at: number, asRegister: boolean): string {
  return asRegister ? `%${REGISTERS[at] ?? ""}` : `$arg${String(at + 1)}`;
}

/** The last of the parameters is in the register of its number unless one of them takes none, or two. */
function whyNotInRegister(parameters: readonly BtfEntry[], { btf }: TypeRef): string | null {
  const last = parameters.at(-1)?.name ?? "";
  if (parameters.length > REGISTERS.length) return `parameter ${last} is not in a register`;
  const isOdd = parameters.some(({ type: id }) => {
    const ref = { btf, id };
    return isAggregate(ref) || bareType(ref)?.kind === BTF_KIND.float || (sizeOf(ref) ?? 0) > 8;
  });
  return isOdd ? `which register has parameter ${last} is not known` : null;
}

/** The signature that the probe table has; `returns` is not known there. */
export function signatureByTable({ parameters }: Prototype, types: KernelTypes): Signature {
  return {
    root: (name, asRegister) => {
      const at = parameters.findIndex(([each]) => each === name);
      const is = parameters[at]?.[1];
      if (is === undefined) return null;
      const text = nameOf(at, asRegister);
      if (typeof is === "number") return { text, pointsTo: null, size: is };
      const struct = types.struct(is);
      return typeof struct === "string" ? { why: struct } : { text, pointsTo: struct, size: 8 };
    },
    ...UNKNOWN_RETURN,
  };
}

const UNKNOWN_RETURN = {
  returned: { why: "what the function returns is not known" },
  returns: "unknown",
} as const;

/** Inside of a function there are registers; `operand` is what the instruction takes. */
export function signatureInside(operand: string | null): Signature {
  return {
    root: (name) => {
      if (name !== "operand") return { text: `%${name}`, pointsTo: null, size: null };
      return operand === null ? null : { text: `%${operand}`, pointsTo: null, size: null };
    },
    ...UNKNOWN_RETURN,
  };
}

/** A function of which nothing is known but that it is there. */
export const NO_SIGNATURE: Signature = {
  root: () => ({ why: "BTF does not describe the function" }),
  ...UNKNOWN_RETURN,
};

/** The same function at its return on a kernel whose return probes cannot fetch arguments. */
export function withoutArguments(signature: Signature): Signature {
  const why = "a return probe of this kernel cannot fetch arguments";
  return { ...signature, root: () => ({ why }) };
}
