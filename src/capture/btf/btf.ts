// BTF, the kernel's own type information: /sys/kernel/btf/vmlinux, and one file for each module, which goes on where
// vmlinux ends. The format is that of the kernel's Documentation/bpf/btf.rst. Bytes come in, nothing else.

import { TwinError } from "../../base/errors.js";

/** The kinds of a type that are asked for, by their numbers in the format. */
export const BTF_KIND = {
  void: 0,
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  prototype: 13,
  float: 16,
  typeTag: 18,
  enum64: 19,
} as const;

/** A type's fixed part: what stands behind its id. */
export interface BtfType {
  /** Its id in the numbering of the file; 0 = void. */
  readonly id: number;
  /** BTF_KIND_* of include/uapi/linux/btf.h. */
  readonly kind: number;
  /** Number of members, parameters or values. */
  readonly count: number;
  /** Of a struct: its members' offsets hold the widths of bit fields too. */
  readonly flag: boolean;
  /** Its name; empty = it has none. */
  readonly name: string;
  /** The size in bytes, or the id of the type that this one is made of. */
  readonly sizeOrType: number;
}

/** A member of a struct or union, or a parameter of a function (without an offset). */
export interface BtfEntry {
  /** Its name; empty = it has none. */
  readonly name: string;
  /** The id of its type. */
  readonly type: number;
  /** From the start of the struct, in bits; 0 for a parameter. */
  readonly bitOffset: number;
  /** The width of a bit field; 0 = no bit field. */
  readonly bits: number;
}

const LATIN1 = new TextDecoder("latin1");
const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const TYPE_BYTES = 12;
/** More types than any kernel has, so that a damaged file does not take all memory. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Bytes behind the fixed part of a type: so many, and so many for each entry. By kind; absent = no such kind. */
const TAIL: readonly (readonly [fixed: number, each: number] | undefined)[] = [
  undefined, // 0 is void, which is never written
  [4, 0],
  [0, 0],
  [12, 0],
  [0, 12],
  [0, 12],
  [0, 8],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 8],
  [4, 0], // a variable
  [0, 12], // a section
  [0, 0],
  [4, 0], // a declaration's tag
  [0, 0],
  [0, 12],
];

/** The types of one BTF file. Throws ERR_BTF where the bytes are no BTF, or are cut off or damaged. */
export class Btf {
  /** The file's name, for messages. */
  readonly name: string;
  /** vmlinux, where the file is a module's. */
  readonly base: Btf | null;
  /** The id behind the last type. */
  readonly end: number;
  /** The offset behind the last string. */
  readonly stringEnd: number;
  private readonly start: number;
  private readonly stringStart: number;
  private readonly view: DataView;
  private readonly strings: Uint8Array;
  /** The strings, one character a byte. */
  private readonly text: string;
  /** Where each type stands, in bytes from the start of the types. */
  private readonly places: Uint32Array;
  private readonly little: boolean;
  private names: Map<string, number[]> | undefined;

  /** `name` is the file's, for messages; `base` is vmlinux where the file is a module's. */
  constructor(name: string, bytes: Uint8Array, base: Btf | null = null) {
    this.name = name;
    this.base = base;
    const { little, types, strings } = sectionsOf(name, bytes);
    this.little = little;
    this.view = new DataView(types.buffer, types.byteOffset, types.byteLength);
    this.strings = strings;
    this.text = LATIN1.decode(strings);
    this.start = base === null ? 1 : base.end;
    this.stringStart = base === null ? 0 : base.stringEnd;
    this.stringEnd = this.stringStart + strings.length;
    this.places = this.placesOfTypes();
    this.end = this.start + this.places.length;
    this.refuseStrangers();
  }

  /** A type by its id; null = void, or an id that nothing has. */
  type(id: number): BtfType | null {
    if (id < this.start) return this.base === null ? null : this.base.type(id);
    const at = this.places[id - this.start];
    if (at === undefined) return null;
    const info = this.word(at + 4);
    return {
      id,
      kind: (info >>> 24) & 0x1f,
      count: info & 0xffff,
      flag: info >>> 31 === 1,
      name: this.string(this.word(at)),
      sizeOrType: this.word(at + 8),
    };
  }

  /** The members of a struct or union, or the parameters of a prototype; none for any other kind. */
  entries({ id, kind, count, flag }: BtfType): readonly BtfEntry[] {
    if (id < this.start) return this.base?.entries({ id, kind, count, flag } as BtfType) ?? [];
    const at = (this.places[id - this.start] ?? 0) + TYPE_BYTES;
    if (kind === BTF_KIND.prototype)
      return Array.from({ length: count }, (_, i) => ({
        name: this.string(this.word(at + 8 * i)),
        type: this.word(at + 8 * i + 4),
        bitOffset: 0,
        bits: 0,
      }));
    if (kind !== BTF_KIND.struct && kind !== BTF_KIND.union) return [];
    return Array.from({ length: count }, (_, i) => {
      const offset = this.word(at + 12 * i + 8);
      return {
        name: this.string(this.word(at + 12 * i)),
        type: this.word(at + 12 * i + 4),
        bitOffset: flag ? offset & 0xffffff : offset,
        bits: flag ? offset >>> 24 : 0,
      };
    });
  }

  /** The element type of an array, and how many there are. */
  array({ id }: BtfType): {
    /** The id of the element's type. */
    readonly type: number;
    /** How many elements there are. */
    readonly length: number;
  } {
    if (id < this.start) return this.base?.array({ id } as BtfType) ?? { type: 0, length: 0 };
    const at = (this.places[id - this.start] ?? 0) + TYPE_BYTES;
    return { type: this.word(at), length: this.word(at + 8) };
  }

  /** The types of this file itself, without its base, that have the name and are of one of the kinds. */
  named(name: string, ...kinds: readonly number[]): readonly BtfType[] {
    this.names ??= this.index();
    return (this.names.get(name) ?? [])
      .map((id) => this.type(id))
      .filter((type) => type !== null)
      .filter(({ kind }) => kinds.includes(kind));
  }

  /** The names of all functions of this file itself. */
  functionNames(): readonly string[] {
    this.names ??= this.index();
    return [...this.names]
      .filter(([, ids]) => ids.some((id) => this.kindOf(id) === BTF_KIND.function))
      .map(([name]) => name);
  }

  /** The kind of a type of this file itself. */
  private kindOf(id: number): number {
    return (this.word((this.places[id - this.start] ?? 0) + 4) >>> 24) & 0x1f;
  }

  private index(): Map<string, number[]> {
    const names = new Map<string, number[]>();
    const asked: readonly number[] = [BTF_KIND.struct, BTF_KIND.typedef, BTF_KIND.function];
    this.places.forEach((at, i) => {
      if (!asked.includes((this.word(at + 4) >>> 24) & 0x1f)) return;
      const name = this.string(this.word(at));
      const ids = names.get(name);
      if (ids === undefined) names.set(name, [this.start + i]);
      else ids.push(this.start + i);
    });
    return names;
  }

  private placesOfTypes(): Uint32Array {
    const places: number[] = [];
    const { byteLength } = this.view;
    for (let at = 0; at < byteLength;) {
      places.push(at);
      if (at + TYPE_BYTES > byteLength) this.refuse("is cut off in the middle of a type");
      const info = this.word(at + 4);
      const kind = (info >>> 24) & 0x1f;
      const tail = TAIL[kind];
      if (tail === undefined)
        this.refuse(
          `has a type of kind ${String(kind)}, which this version does not know, or is damaged`,
        );
      at += TYPE_BYTES + tail[0] + tail[1] * (info & 0xffff);
      if (at > byteLength) this.refuse("is cut off in the middle of a type");
    }
    return Uint32Array.from(places);
  }

  /** A module's file that was made for another vmlinux names strings of its base that do not begin where it says. */
  private refuseStrangers(): void {
    const wrong = this.places.find((at) => !this.isString(this.word(at)));
    if (wrong === undefined) return;
    const why =
      this.base === null
        ? "names a string that it has not got: it is damaged"
        : `does not go on from ${this.base.name}: it is of another kernel, or damaged`;
    this.refuse(why);
  }

  /** Does a string begin at the offset? */
  private isString(offset: number): boolean {
    if (offset < this.stringStart) return this.base?.isString(offset) ?? false;
    const at = offset - this.stringStart;
    return at === 0 || (at < this.strings.length && this.strings[at - 1] === 0);
  }

  private string(offset: number): string {
    if (offset < this.stringStart) return this.base?.string(offset) ?? "";
    const at = offset - this.stringStart;
    const end = this.text.indexOf("\0", at);
    return this.text.slice(at, end < 0 ? undefined : end);
  }

  private word(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  private refuse(why: string): never {
    throw new TwinError("ERR_BTF", `${this.name} ${why}: copy it from the host once more`);
  }
}

interface Sections {
  readonly little: boolean;
  readonly types: Uint8Array;
  readonly strings: Uint8Array;
}

function sectionsOf(name: string, bytes: Uint8Array): Sections {
  const refuse = (why: string): never => {
    throw new TwinError("ERR_BTF", `${name} ${why}`);
  };
  if (bytes.length === 0) refuse("is empty: copy it with cat, because its size is told as 0");
  if (bytes.length < HEADER_BYTES) refuse("is cut off in its header: copy it once more");
  if (bytes.length > MOST_BYTES) refuse("is larger than 512 MB: no kernel's BTF is");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint16(0, true) === MAGIC;
  if (!little && view.getUint16(0, false) !== MAGIC)
    refuse("is no BTF (it does not begin with 9f eb): it must be a file of /sys/kernel/btf");
  const word = (at: number): number => view.getUint32(at, little);
  const header = word(4);
  const cut = (offset: number, length: number): Uint8Array => {
    const from = header + offset;
    if (header < HEADER_BYTES || from + length > bytes.length)
      refuse(
        `is cut off: it has ${String(bytes.length)} bytes and its header asks for ${String(from + length)}`,
      );
    return bytes.subarray(from, from + length);
  };
  return { little, types: cut(word(8), word(12)), strings: cut(word(16), word(20)) };
}
