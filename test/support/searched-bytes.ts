// Counts what searches of bytes look at, so that growth is tested without a clock.

import { vi } from "vitest";

/** How many bytes the engine's own searches of buffers for a byte look at, while something runs. */
export function searchedBytes(run: () => unknown): number {
  const prototype = Buffer.prototype as Buffer;
  let bytes = 0;
  const spy = vi.spyOn(prototype, "indexOf").mockImplementation(function (
    this: Buffer,
    byte: Uint8Array | number | string,
    from: unknown = 0,
  ) {
    const start = Number(from);
    const at = Uint8Array.prototype.indexOf.call(this, Number(byte), start);
    bytes += (at < 0 ? this.length : at + 1) - start;
    return at;
  });
  try {
    run();
    return bytes;
  } finally {
    spy.mockRestore();
  }
}
