// Stopping an operation by an AbortSignal.

import { TwinError } from "./errors.js";

/** The error of an operation that was stopped by its signal. Its `cause` is the signal's reason. */
export function aborted(signal: AbortSignal): TwinError {
  return new TwinError(
    "ERR_ABORTED",
    "the operation was stopped by its AbortSignal: the timeline is as it was",
    { cause: signal.reason },
  );
}

/** Throws ERR_ABORTED if the signal has fired. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}
