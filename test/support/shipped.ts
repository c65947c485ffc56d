// The recordings in data/, which every checkout has.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const FOLDER = new URL("../../data/", import.meta.url);

/** `6.17-s1-one` and so on. */
export const SHIPPED: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt.gz"))
  .map((name) => name.replace(".txt.gz", ""))
  .sort();

export function shippedPath(name: string): string {
  return fileURLToPath(new URL(`${name}.txt.gz`, FOLDER));
}

export function shippedText(name: string): string {
  return gunzipSync(readFileSync(shippedPath(name))).toString("latin1");
}

/** Lines without their newlines; the text ends with one. */
export function shippedLines(name: string): string[] {
  return shippedText(name).trimEnd().split("\n");
}

/** A recording whose stamps are cut to milliseconds, so that many events share a time. */
export function coarseTrace(): string {
  return shippedText("6.16-m2-mono-standard").replace(/ (\d+\.\d{3})\d{3}: /g, " $1000: ");
}
