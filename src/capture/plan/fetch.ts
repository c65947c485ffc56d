// From an expression of the probe table to what the kernel's kprobe interface takes: `+16(+48($arg1))`.

import { BTF_KIND } from "../btf/btf.js";
import {
  bareType,
  isAggregate,
  memberOf,
  pointedTo,
  sizeOf,
  type Member,
  type TypeRef,
} from "../btf/types.js";
import { type Expression, type Field, type Step } from "./expression.js";
import { type KernelTypes } from "./kernel-types.js";
import { type Root, type Signature } from "./signature.js";

/** What is fetched, or why it cannot be. */
export type Fetched =
  | {
      /** The argument as kprobe_events takes it. */
      readonly text: string;
    }
  | {
      /** Why it cannot be fetched. */
      readonly why: string;
    };

/** A value on the way. */
interface Value extends Root {
  /** Where it points, in bytes behind the start of what it points to; container_of() makes it negative. */
  readonly bias: number;
}

/** A place in memory whose value is not fetched yet. */
interface Memory {
  readonly base: string;
  readonly offset: number;
  readonly type: TypeRef;
}

/** Writes one field; null = it is left out, because the function returns nothing. */
export function fetch(field: Field, signature: Signature, types: KernelTypes): Fetched | null {
  if (field.expression.isReturn && signature.returns === "nothing") return null;
  try {
    const { text, size } = evaluate(field.expression, signature, types);
    if (size !== null && size !== field.bytes)
      return { why: `${field.name} has ${String(size)} bytes and not ${String(field.bytes)}` };
    return { text: `${field.name}=${text}:${field.type}` };
  } catch (error) {
    if (error instanceof Unfit) return { why: error.message };
    throw error;
  }
}

/** The kernel is not as the expression has it. */
class Unfit extends Error {}

function evaluate(
  expression: Expression,
  signature: Signature,
  types: KernelTypes,
): Omit<Root, "pointsTo"> {
  let at: Value | Memory = rootOf(expression, signature);
  for (const step of expression.steps) at = take(step, valueOf(at), types);
  if (!expression.isAddress || !("base" in at)) return valueOf(at);
  if (at.offset !== 0) throw new Unfit("a member whose address is asked for is not the first one");
  return { text: at.base, size: 8 };
}

function rootOf({ names, isRegister, isReturn }: Expression, signature: Signature): Value {
  const found = isReturn
    ? signature.returned
    : names.map((name) => signature.root(name, isRegister)).find((root) => root !== null);
  if (found == null) throw new Unfit(`the function has no parameter ${names.join(" or ")}`);
  if ("why" in found) throw new Unfit(found.why);
  return { ...found, bias: 0 };
}

function valueOf(at: Value | Memory): Value {
  if (!("base" in at)) return at;
  const { base, offset, type } = at;
  const text = `${offset < 0 ? "-" : "+"}${String(Math.abs(offset))}(${base})`;
  return { text, pointsTo: pointedTo(type), size: sizeOf(type), bias: 0 };
}

function take(step: Step, value: Value, types: KernelTypes): Value | Memory {
  switch (step.step) {
    case "as":
      return { ...value, pointsTo: named(types, step.struct), bias: 0 };
    case "in": {
      const struct = named(types, step.struct);
      const { offset } = memberIn(struct, [step.member]);
      return { ...value, pointsTo: struct, bias: -offset };
    }
    case "follow": {
      const { text: base, pointsTo, bias } = value;
      if (pointsTo === null) throw new Unfit(`${base} is no pointer to something that is known`);
      const { type, offset } = memberIn(whole(pointsTo, types), step.members);
      return { base, offset: bias + offset, type };
    }
  }
}

/** A struct that a file only names is described in another one. */
function whole(ref: TypeRef, types: KernelTypes): TypeRef {
  const type = bareType(ref);
  return type?.kind === BTF_KIND.forward ? named(types, type.name) : ref;
}

function named(types: KernelTypes, name: string): TypeRef {
  const found = types.struct(name);
  if (typeof found === "string") throw new Unfit(found);
  return found;
}

/** A member of a member, in bytes from the start; no name = the whole. */
function memberIn(
  struct: TypeRef,
  names: readonly string[],
): { readonly type: TypeRef; readonly offset: number } {
  let found: Member = { type: struct, bitOffset: 0, bits: 0 };
  for (const name of names) {
    const inner = isAggregate(found.type) ? memberOf(found.type, name) : null;
    if (inner === null) throw new Unfit(`${nameOf(struct)} has no member ${names.join(".")}`);
    found = { ...inner, bitOffset: found.bitOffset + inner.bitOffset };
  }
  if (found.bits !== 0 || found.bitOffset % 8 !== 0)
    throw new Unfit(`member ${names.join(".")} of ${nameOf(struct)} is a bit field`);
  return { type: found.type, offset: found.bitOffset / 8 };
}

function nameOf(ref: TypeRef): string {
  const name = bareType(ref)?.name ?? "";
  return name === "" ? "a struct without a name" : `struct ${name}`;
}
