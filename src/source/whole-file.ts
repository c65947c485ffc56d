// A file that can be read at any place, for formats whose bytes do not stand in the order in which they are read.

/** The bytes of a recording, readable at any place. */
export interface WholeFile {
  /** How many bytes it has. */
  readonly size: number;
  /** Reads bytes from `position` on into `into`; how many there were, which is fewer only at the end of the file. */
  read(into: Uint8Array, position: number): number;
}

/** A file whose bytes have to be put in order before they can be read one after another. */
export interface Container {
  /** So many first bytes tell whether a file is one. */
  readonly magicBytes: number;
  /** Are these the first bytes of such a file? */
  isOf(head: Buffer): boolean;
  /** Are these fewer bytes, with which such a file could begin? */
  isBegunBy(head: Buffer): boolean;
  /**
   * The recording as a stream, in the order of time: what `sniff` and the reader of the format take. Each chunk is
   * valid until the next is asked for. Throws ERR_INPUT_DAMAGED or ERR_FORMAT_UNKNOWN where the file cannot be read.
   */
  unpack(file: WholeFile): Iterable<Buffer>;
}
