// Questions to BTF: what a type really is, how large it is, and where a member stands.

import { BTF_KIND, type Btf, type BtfEntry, type BtfType } from "./btf.js";

/** A type, with the file that its id counts in. */
export interface TypeRef {
  /** The file. */
  readonly btf: Btf;
  /** The id of the type in it. */
  readonly id: number;
}

/** A member, as far inside as its name says. */
export interface Member {
  /** Its type. */
  readonly type: TypeRef;
  /** From the start of the struct, in bits. */
  readonly bitOffset: number;
  /** Width of a bit field; 0 = no bit field. */
  readonly bits: number;
}

/** Deeper than any type of C goes: a file in which types contain themselves ends here. */
const DEEPEST = 64;

const TRANSPARENT: readonly number[] = [
  BTF_KIND.typedef,
  BTF_KIND.volatile,
  BTF_KIND.const,
  BTF_KIND.restrict,
  BTF_KIND.typeTag,
];

/** The type behind typedefs and qualifiers; null = void, or a loop. */
export function bareType({ btf, id }: TypeRef): BtfType | null {
  let type = btf.type(id);
  for (let depth = 0; type !== null && TRANSPARENT.includes(type.kind); depth++) {
    if (depth === DEEPEST) return null;
    type = btf.type(type.sizeOrType);
  }
  return type;
}

/** What a pointer points to; null = it is no pointer. */
export function pointedTo(ref: TypeRef): TypeRef | null {
  const type = bareType(ref);
  return type?.kind === BTF_KIND.pointer ? { btf: ref.btf, id: type.sizeOrType } : null;
}

/** The size in bytes; null = it has none that is known (void, a function, a loop). */
export function sizeOf(ref: TypeRef, depth = 0): number | null {
  const type = bareType(ref);
  if (type === null || depth === DEEPEST) return null;
  switch (type.kind) {
    case BTF_KIND.pointer:
      return 8;
    case BTF_KIND.array: {
      const { type: id, length } = ref.btf.array(type);
      const size = sizeOf({ btf: ref.btf, id }, depth + 1);
      return size === null ? null : size * length;
    }
    case BTF_KIND.int:
    case BTF_KIND.struct:
    case BTF_KIND.union:
    case BTF_KIND.enum:
    case BTF_KIND.enum64:
    case BTF_KIND.float:
      return type.sizeOrType;
    default:
      return null;
  }
}

/** Is it a struct or union, as a value? */
export function isAggregate(ref: TypeRef): boolean {
  const kind = bareType(ref)?.kind;
  return kind === BTF_KIND.struct || kind === BTF_KIND.union;
}

/** A member by its name, also inside of members that have no name, as in C; null = there is none. */
export function memberOf(ref: TypeRef, name: string, depth = 0): Member | null {
  const type = bareType(ref);
  if (type === null || depth === DEEPEST) return null;
  const { btf } = ref;
  const asMember = ({ type: id, bitOffset, bits }: BtfEntry): Member => ({
    type: { btf, id },
    bitOffset,
    bits,
  });
  for (const entry of btf.entries(type)) {
    if (entry.name === name) return asMember(entry);
    if (entry.name !== "") continue;
    const inner = memberOf({ btf, id: entry.type }, name, depth + 1);
    if (inner !== null) return { ...inner, bitOffset: inner.bitOffset + entry.bitOffset };
  }
  return null;
}
