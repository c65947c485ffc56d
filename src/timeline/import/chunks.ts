// Chunks of bytes on their way into an import: they can be stopped, and a source that pauses is noticed.

import { aborted, refuseAborted } from "../../base/abort.js";
import { nextTurn, TURN_MS } from "../../base/steps.js";

/** Larger chunks are handed on in pieces of so many bytes: what is done with one takes a few hundredths of a second. */
const PIECE_BYTES = 256 * 1024;

/**
 * The same bytes in small pieces. Throws ERR_ABORTED soon after the signal fires, whether the source gives something or
 * not. Timers and signals get their turn though the source may have everything ready.
 */
export async function* abortable(
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  let turn = performance.now();
  let isOver = false;
  try {
    for (;;) {
      const result = await firstOf(source.next(), null, signal);
      if (result === null || result.done === true) {
        isOver = true;
        return;
      }
      for (const piece of piecesOf(result.value)) {
        turn = await turnAfter(turn);
        refuseAborted(signal);
        yield piece;
      }
    }
  } finally {
    // A source that waits for more answers only then: no one waits for it.
    if (!isOver) source.return?.().catch(() => undefined);
  }
}

/**
 * The same chunks, and `null` each time that something was handed on `ms` milliseconds ago and nothing was said since.
 * Only bytes are followed by a null, so a source that is silent for hours costs nothing.
 */
export async function* paced(
  chunks: AsyncIterable<Buffer>,
  ms: number,
): AsyncGenerator<Buffer | null> {
  const source = chunks[Symbol.asyncIterator]();
  let isOver = false;
  let next = source.next();
  try {
    let due: number | null = null;
    for (;;) {
      const left: number | null = due === null ? null : due - performance.now();
      const result = left !== null && left <= 0 ? null : await firstOf(next, left, undefined);
      if (result === null) {
        due = null;
        yield null;
        continue;
      }
      if (result.done === true) {
        isOver = true;
        return;
      }
      due ??= performance.now() + ms;
      yield result.value;
      next = source.next();
    }
  } finally {
    // What is waited for may come to nothing, and nobody asks for it any more.
    next.catch(() => undefined);
    if (!isOver) source.return?.().catch(() => undefined);
  }
}

/** Timers and signals get their turn, if the last one was long ago; when the last one was. */
async function turnAfter(last: number): Promise<number> {
  if (performance.now() - last <= TURN_MS) return last;
  await nextTurn();
  return performance.now();
}

/** A chunk in pieces. */
export function* piecesOf(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
}

/** What comes next; null = nothing within `ms` milliseconds. Throws ERR_ABORTED when the signal fires. */
function firstOf<Value>(
  next: Promise<Value>,
  ms: number | null,
  signal: AbortSignal | undefined,
): Promise<Value | null> {
  if (ms === null && signal === undefined) return next;
  return new Promise((resolve, reject) => {
    const timer =
      ms === null
        ? undefined
        : setTimeout(() => {
            over(() => {
              resolve(null);
            });
          }, ms);
    const onAbort = (): void => {
      over(() => {
        reject(signal === undefined ? new Error("no signal") : aborted(signal));
      });
    };
    const over = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    next.then(
      (value) => {
        over(() => {
          resolve(value);
        });
      },
      (error: unknown) => {
        over(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      },
    );
  });
}
