// A place in a file at which its bytes are not what the format says.

/** A place as messages name it: `0x1a2b`. */
export function placeOf(offset: number): string {
  return `0x${offset.toString(16)}`;
}

/** The bytes at an offset are not what the format says. */
export class Damage extends Error {
  /** The offset in the file. */
  readonly offset: number;

  /** `says`: what is wrong there, in words. */
  constructor(offset: number, says: string) {
    super(`at offset ${placeOf(offset)}: ${says}`);
    this.offset = offset;
  }
}
