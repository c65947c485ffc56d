// The last bytes of what was read of a source: by these it is known again, whatever its file is called then.

/** So many of them. */
export const TAIL_BYTES = 4096;

/** The last bytes when more of the source was read. */
export function tailOf(tail: Uint8Array, bytes: Uint8Array): Buffer {
  return Buffer.concat([tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
}
