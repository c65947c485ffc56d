// `npm run bench`: measures, side by side in one run, prints tables and keeps them in RESULTS.md.
// Options: --full (questions at 10^7 lines too), --only import,append, --trace FILE, --folder DIR,
// --before DIR (a checkout of other code that is built: its import takes turns with this one's).

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { benchAsOf, benchPlainSql } from "./asof.js";
import { benchAt } from "./at.js";
import { benchCheck, benchStartUp } from "./check.js";
import { benchFold } from "./fold.js";
import { benchImport } from "./import.js";
import { DEFAULT_TRACE, Inputs, LINES, ROOT } from "./inputs.js";
import { benchInsert } from "./insert.js";
import { benchGrowth } from "./growth.js";
import { benchLive } from "./live.js";
import { pinToOneCore } from "./measure.js";
import { benchMemory } from "./memory.js";
import { benchPage } from "./page.js";
import { benchParse } from "./parse.js";
import { benchReaders } from "./readers.js";
import { markdown, sectionText, type Section } from "./report.js";
import { benchSize } from "./size.js";

const REPETITIONS = 3;
/** For cases of a fraction of a second. */
const REPETITIONS_OF_SHORT = 9;
const FULL = 10_000_000;

type Step = (inputs: Inputs, isFull: boolean) => Section | Promise<Section>;

/** In the order of RESULTS.md. The reader comes first: behind the other sections it took twice the time in this process. */
const STEPS: Readonly<Record<string, Step>> = {
  parse: (inputs) => benchParse(inputs, REPETITIONS),
  import: (inputs) => benchImport(inputs, REPETITIONS),
  memory: (inputs) => benchMemory(inputs, [100_000, LINES, FULL], REPETITIONS),
  append: (inputs) => benchInsert(inputs, REPETITIONS),
  rxjs: (inputs) => benchFold(inputs, REPETITIONS_OF_SHORT),
  size: (inputs) => benchSize(inputs),
  at: (inputs) => {
    inputs.timeline(LINES);
    return benchAt(inputs.folder, REPETITIONS);
  },
  asof: (inputs, isFull) => (isFull ? benchAsOf(inputs, FULL, LINES) : benchAsOf(inputs, LINES)),
  sql: (inputs, isFull) => benchPlainSql(inputs, isFull ? FULL : LINES),
  live: (inputs) => benchLive(inputs, REPETITIONS),
  readers: (inputs) => benchReaders(inputs),
  startup: (inputs, isFull) => benchStartUp(inputs, isFull ? FULL : LINES, REPETITIONS_OF_SHORT),
  check: (inputs) => benchCheck(inputs, 1),
  growth: (inputs) => benchGrowth(inputs, REPETITIONS),
  page: (inputs, isFull) => benchPage(inputs, isFull ? FULL : LINES),
};

/** Takes long: with --full, or when named. */
const ONLY_FULL: ReadonlySet<string> = new Set(["at"]);

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    only: { type: "string" },
    trace: { type: "string", default: DEFAULT_TRACE },
    folder: { type: "string", default: tmpdir() },
    before: { type: "string" },
  },
});
const names =
  values.only?.split(",") ??
  Object.keys(STEPS).filter((name) => values.full || !ONLY_FULL.has(name));
const unknown = names.filter((name) => !Object.hasOwn(STEPS, name));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(", ")}: there are ${Object.keys(STEPS).join(", ")}`);
  process.exit(2);
}
const scratch = mkdtempSync(join(resolve(values.folder), "irqtwin-bench-"));
// Not once: a second signal must not end the cleaning up.
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
process.once("exit", () => {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});

const isPinned = pinToOneCore();
const inputs = new Inputs(
  scratch,
  resolve(values.trace),
  values.before === undefined ? undefined : resolve(values.before),
);
const sections = await measureAll();
const text = await format(markdown("Measured", inputNote(), sections), { parser: "markdown" });
// A part of the suite, or another trace, does not replace the whole.
if (values.only === undefined && values.trace === DEFAULT_TRACE) {
  writeFileSync(fileURLToPath(new URL("test/bench/RESULTS.md", ROOT)), text);
}
console.log(text);

async function measureAll(): Promise<Section[]> {
  const measured: Section[] = [];
  for (const name of names) {
    try {
      const section = await STEPS[name]?.(inputs, values.full);
      if (section === undefined) continue;
      measured.push(section);
      console.error(`${sectionText(section)}\n`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      measured.push({ title: name, note: `FAILED: ${why}`, header: [], rows: [] });
    }
    // Lets a signal be heard that came meanwhile.
    await nextTurn();
    console.error(`${name}: done after ${process.uptime().toFixed(0)} s`);
  }
  return measured;
}

function inputNote(): string {
  const full = values.full ? " With `--full`: 10^7 lines too." : "";
  const parts = values.only === undefined ? "" : ` Parts of the suite: ${names.join(", ")}.`;
  const pinned = isPinned ? "" : " Not pinned to one core: no taskset.";
  return (
    `Input: \`${inputs.trace}\`, a recording of a real kernel (${inputs.period} lines), repeated to ` +
    `${LINES} lines: every repetition comes later, and has pids, kernel pointers, VMs, GA tags, ` +
    `host IRQs and PCI buses of its own, so that state grows; no line is rejected, and the rules ` +
    `explain the writes of every repetition.${full}${parts}${pinned}`
  );
}
