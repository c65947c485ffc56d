// Writes an ELF file with one loaded part, and with anything else behind it.

/** 64-bit, little endian: code at an address. */
export function elfOf(address: bigint, code: Buffer, ...more: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01", "latin1");
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(1, 0);
  segment.writeUInt32LE(5, 4);
  segment.writeBigUInt64LE(120n, 8);
  segment.writeBigUInt64LE(address, 16);
  segment.writeBigUInt64LE(BigInt(code.length), 32);
  return Buffer.concat([header, segment, code, ...more]);
}
