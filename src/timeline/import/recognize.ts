// What an input is, by its first bytes, or by all of its lines.

import { TwinError } from "../../base/errors.js";
import { formatNamed, sniff } from "../../formats/registry.js";
import { type Evidence } from "../../source/format.js";
import { type Sniffed } from "../../source/sniffed.js";
import { allPlatforms } from "../../platforms/registry.js";
import { type Input } from "./input.js";
import { type ImportOptions } from "./options.js";

/** What the caller says of the recorded host. */
type Told = Pick<ImportOptions, "kernel" | "rules">;

/** What the first bytes say. */
export function recognized(head: Buffer, told: Told, evidence?: Evidence): Sniffed {
  return sniff(head, { ...told, platforms: allPlatforms() }, evidence);
}

/** What the lines of a source that pauses tell; null = nothing yet. */
export function recognizedEarly(lines: Buffer, told: Told): Sniffed | null {
  try {
    return recognized(lines, told);
  } catch (error) {
    if (error instanceof TwinError) return null;
    throw error;
  }
}

/**
 * What the first bytes say. Where they do not tell the release, all lines of a file are asked before the first of
 * them is read: the rules decide how lines are read.
 */
export async function recognizedWhole(
  head: Buffer,
  told: Told,
  { again }: Pick<Input, "again">,
): Promise<Sniffed> {
  const sniffed = recognized(head, told);
  const evidence = formatNamed(sniffed.format).newEvidence(sniffed);
  if (again === null || evidence === null) return sniffed;
  for await (const chunk of again()) evidence.feed(chunk);
  return recognized(head, told, evidence);
}
