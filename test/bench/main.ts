// `npm run bench`: measures, side by side in one run, prints tables and keeps them in RESULTS.md.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { benchAt } from "./at.js";
import { benchFold } from "./fold.js";
import { benchImport } from "./import.js";
import { makeInput, ROOT } from "./inputs.js";
import { benchInsert } from "./insert.js";
import { benchParse } from "./parse.js";
import { markdown, type Section } from "./report.js";
import { benchSize } from "./size.js";

const REPETITIONS = 3;
/** For cases of a fraction of a second. */
const REPETITIONS_OF_SHORT = 7;

const folder = mkdtempSync(join(tmpdir(), "irqtwin-bench-"));
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
process.once("exit", () => {
  rmSync(folder, { recursive: true, force: true });
});

const sections = await measureAll();
if (sections.length > 0) {
  const text = await format(markdown("Measured", sections), { parser: "markdown" });
  writeFileSync(fileURLToPath(new URL("test/bench/RESULTS.md", ROOT)), text);
  console.log(text);
}

async function measureAll(): Promise<Section[]> {
  const input = makeInput(folder);
  if (input === null) return [];
  const steps: readonly (() => Section | Promise<Section>)[] = [
    () => benchImport(folder, input, REPETITIONS),
    () => benchParse(input, REPETITIONS),
    () => benchFold(input, REPETITIONS_OF_SHORT),
    () => benchInsert(folder, REPETITIONS),
    () => benchAt(folder, REPETITIONS),
    () => benchSize(folder),
  ];
  const measured: Section[] = [];
  for (const step of steps) {
    const section = await step();
    console.error(`${section.title}: done after ${process.uptime().toFixed(0)} s`);
    measured.push(section);
  }
  return measured;
}
