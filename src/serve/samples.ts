// The recordings that irqtwin ships, for who has none yet.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Sample } from "./api/route.js";

/** A row of the table of SOURCES.md: the file, columns between, what it is of. */
const ROW = /^\| ([\w.-]+) \| .* \| ([^|]+) \|$/gm;

/** The recordings of a folder, as its SOURCES.md tells of them; none where there is no such folder. */
export function samplesIn(folder: string): readonly Sample[] {
  const sources = join(folder, "SOURCES.md");
  if (!existsSync(sources)) return [];
  return [...readFileSync(sources, "utf8").matchAll(ROW)].flatMap(([, file = "", title = ""]) => {
    const name = `${file}.txt.gz`;
    const path = join(folder, name);
    if (!existsSync(path)) return [];
    return [{ name, title: title.trim(), bytes: () => new Uint8Array(readFileSync(path)) }];
  });
}
