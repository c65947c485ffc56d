// Stopping an operation by an AbortSignal.

import { TwinError } from "./errors.js";

/**
 * The error of an operation that was stopped by its signal: ERR_CLOSED if that is the signal's reason, else ERR_ABORTED
 * with the reason as its `cause`.
 */
export function aborted(signal: AbortSignal): TwinError {
  const reason: unknown = signal.reason;
  if (reason instanceof TwinError && reason.code === "ERR_CLOSED") return reason;
  return new TwinError(
    "ERR_ABORTED",
    "the operation was stopped by its AbortSignal: the timeline is as it was",
    { cause: reason },
  );
}

/** Throws ERR_ABORTED if the signal has fired. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

/** What a promise gives. Throws ERR_ABORTED as soon as the signal fires: the promise is left to itself then. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(aborted(signal));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", onAbort);
    });
  });
}

/** A signal that fires when one of two does, with its reason; the second may be absent. */
export function eitherOf(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}

/** Was an operation stopped, by its signal or by closing what it works on? */
export function isStop(error: unknown): boolean {
  return (
    error instanceof TwinError && (error.code === "ERR_ABORTED" || error.code === "ERR_CLOSED")
  );
}
