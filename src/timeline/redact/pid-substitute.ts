// Substitutes of pids. No two pids get the same one, and none is a pid that Linux gives out.

import { createHmac } from "node:crypto";

/** Linux gives out pids below this one (PID_MAX_LIMIT, include/linux/threads.h). */
const PIDS = 2 ** 22;
/** Substitutes of pids begin here, twice as high as Linux counts. */
const FIRST = 2 * PIDS;
/** Substitutes of numbers that are no pids of Linux begin here. */
const FIRST_OTHER = 4 * PIDS;
const HALF_BITS = 11;
const HALF = 2 ** HALF_BITS;
const ROUNDS = 6;

/** The substitute of a pid; 0, the idle task of each CPU, stays. */
export function pidSubstitute(key: Buffer, pid: number): number {
  if (pid === 0) return 0;
  if (pid >= PIDS || pid < 0)
    return (
      FIRST_OTHER + createHmac("sha256", key).update(`number ${pid}`).digest().readUIntBE(0, 5)
    );
  return FIRST + permuted(key, pid);
}

/** A Feistel network: a permutation of the numbers of 22 bits that nobody can undo without the key. */
function permuted(key: Buffer, pid: number): number {
  let [left, right] = [Math.floor(pid / HALF), pid % HALF];
  for (let round = 0; round < ROUNDS; round++) {
    const mixed = createHmac("sha256", key).update(`pid ${round} ${right}`).digest().readUInt16BE();
    [left, right] = [right, left ^ (mixed % HALF)];
  }
  return left * HALF + right;
}
