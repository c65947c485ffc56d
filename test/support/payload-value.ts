// A value of the payload of an event whose kind is not told apart.

import { type LogEntry } from "../../src/index.js";

/** The value of that name; undefined = the payload of its kind has none. */
export function payloadValue(
  { payload }: LogEntry,
  name: string,
): string | number | null | undefined {
  return (payload as Readonly<Record<string, string | number | null>>)[name];
}
