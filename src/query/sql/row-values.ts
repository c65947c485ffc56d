// Types of values that columns of several views have.

/** A 64-bit integer: a number where that is exact, else decimal text. */
export type Int64 = number | string;

/** What a row rests on: lines of the recording, or what the rules say that must have been so. */
export type RowSource = "observed" | "predicted";
