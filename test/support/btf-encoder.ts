// Writes BTF: the opposite of src/capture/btf, with no code of it, so that each test has the file that it needs.

/** A member of a struct: its place in bits, or in bytes from the member before on. */
export interface EncodedMember {
  readonly name: string;
  readonly type: number;
  readonly bit: number;
  /** The width of a bit field. */
  readonly bits?: number;
}

/** What a module's file goes on from. */
export interface EncodedBase {
  readonly types: number;
  readonly strings: number;
}

export class BtfEncoder {
  private readonly records: number[][] = [];
  private readonly strings: number[] = [0];
  private readonly base: EncodedBase;

  /** `base`: of the file that this one goes on from. */
  constructor(base: EncodedBase = { types: 0, strings: 0 }) {
    this.base = base;
    if (base.strings > 0) this.strings.pop();
  }

  /** What a module's file must know of this one. */
  get end(): EncodedBase {
    return {
      types: this.base.types + this.records.length,
      strings: this.base.strings + this.strings.length,
    };
  }

  int(name: string, bytes: number): number {
    return this.add(1, name, 0, bytes, { tail: [bytes * 8] });
  }

  pointer(type: number): number {
    return this.add(2, "", 0, type);
  }

  array(type: number, length: number): number {
    return this.add(3, "", 0, 0, { tail: [type, type, length] });
  }

  struct(name: string, bytes: number, members: readonly EncodedMember[], kind = 4): number {
    const hasBits = members.some(({ bits }) => bits !== undefined);
    const tail = members.flatMap(({ name: own, type, bit, bits = 0 }) => [
      this.string(own),
      type,
      hasBits ? (bits << 24) | bit : bit,
    ]);
    return this.add(kind, name, members.length, bytes, { tail, flag: hasBits });
  }

  union(name: string, bytes: number, members: readonly EncodedMember[]): number {
    return this.struct(name, bytes, members, 5);
  }

  forward(name: string): number {
    return this.add(7, name, 0, 0);
  }

  typedef(name: string, type: number): number {
    return this.add(8, name, 0, type);
  }

  constant(type: number): number {
    return this.add(10, "", 0, type);
  }

  /** A function, with its prototype before it. */
  function(
    name: string,
    returns: number,
    parameters: readonly (readonly [string, number])[],
  ): number {
    const tail = parameters.flatMap(([own, type]) => [this.string(own), type]);
    const prototype = this.add(13, "", parameters.length, returns, { tail });
    return this.add(12, name, 0, prototype);
  }

  /** A record of any kind, with the words behind it. */
  add(
    kind: number,
    name: string,
    count: number,
    sizeOrType: number,
    {
      tail = [],
      flag = false,
    }: { readonly tail?: readonly number[]; readonly flag?: boolean } = {},
  ): number {
    const info = ((flag ? 0x80000000 : 0) | (kind << 24) | count) >>> 0;
    this.records.push([this.string(name), info, sizeOrType, ...tail]);
    return this.base.types + this.records.length;
  }

  bytes({ little = true }: { readonly little?: boolean } = {}): Buffer {
    const words = this.records.flat();
    const types = words.length * 4;
    const bytes = Buffer.alloc(24 + types + this.strings.length);
    const put = (value: number, at: number): void => {
      if (little) bytes.writeUInt32LE(value, at);
      else bytes.writeUInt32BE(value, at);
    };
    if (little) bytes.writeUInt16LE(0xeb9f, 0);
    else bytes.writeUInt16BE(0xeb9f, 0);
    bytes[2] = 1;
    [24, 0, types, types, this.strings.length].forEach((value, i) => {
      put(value, 4 + 4 * i);
    });
    words.forEach((word, i) => {
      put(word, 24 + 4 * i);
    });
    bytes.set(this.strings, 24 + types);
    return bytes;
  }

  private string(text: string): number {
    if (text === "") return 0;
    const at = this.base.strings + this.strings.length;
    this.strings.push(...Buffer.from(text, "latin1"), 0);
    return at;
  }
}
