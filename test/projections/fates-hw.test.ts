// The emulated IOMMU noted of each interrupt what it did: the fate at that moment must say the same, unless it says
// that a function is at work there, or perhaps is.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { thinned } from "../soak/combined.js";
import { rowsOf } from "../support/content.js";
import { hwLog, type HwInterrupt } from "../support/hw-log.js";
import { AMD_FILES, NO_REAL_TRACES, WHERE_TRACES_ARE } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();

/** The requester ID of the device that is passed through first; those before it are the host's own. */
const FIRST_PASSED_THROUGH = 0x40;

interface Fate {
  readonly path: string | null;
  readonly inFlight: boolean;
  /** It is not known, because a function is perhaps at work. */
  readonly isPerhaps: boolean;
  readonly from: number;
  /** Infinity = it is still so. */
  readonly to: number;
}

/** The fates of a timeline of one recording, by the entry, in their order. */
function fatesIn(db: string): ReadonlyMap<string, readonly Fate[]> {
  const fates = new Map<string, Fate[]>();
  const sql = `SELECT irte, path, in_flight, reason LIKE 'not known: what a function does%', from_ns, to_ns
    FROM v_fate ORDER BY from_seq`;
  for (const [irte, path, inFlight, isPerhaps, from, to] of rowsOf(db, sql)) {
    const of = fates.get(String(irte)) ?? [];
    fates.set(String(irte), of);
    of.push({
      path: path === null ? null : String(path),
      inFlight: Number(inFlight) === 1,
      isPerhaps: Number(isPerhaps) === 1,
      from: Number(from),
      to: to === null ? Infinity : Number(to),
    });
  }
  return fates;
}

function isTold(fates: readonly Fate[], { ticks, path }: HwInterrupt): boolean {
  const at = fates.find(({ from, to }) => from <= ticks && ticks < to);
  return at !== undefined && (at.path === path || at.inFlight || at.isPerhaps);
}

function isPerhaps(fates: readonly Fate[], { ticks }: HwInterrupt): boolean {
  return fates.some(({ from, to, isPerhaps }) => isPerhaps && from <= ticks && ticks < to);
}

const FILES = AMD_FILES.filter((file) => hwLog(file) !== null).map(
  (file) => [join(basename(dirname(file)), basename(file)), file] as const,
);

/** What the IOMMU noted within a recording of passed-through devices, and the fates that the recording shows. */
async function besides(
  file: string,
  text: Buffer,
): Promise<{
  readonly noted: readonly HwInterrupt[];
  readonly fates: ReadonlyMap<string, readonly Fate[]>;
}> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(text, { name: basename(file) });
  timeline.close();
  const [clock, first, last] =
    rowsOf(db, "SELECT clock_unit, first_ns, last_ns FROM recording")[0] ?? [];
  // The log is stamped by the counter: a recording of another clock cannot be laid beside it.
  if (clock !== "ticks") return { noted: [], fates: new Map() };
  const noted = (hwLog(file) ?? []).filter(
    ({ ticks, devid }) =>
      ticks >= Number(first) && ticks <= Number(last) && devid >= FIRST_PASSED_THROUGH,
  );
  return { noted, fates: fatesIn(db) };
}

describe.skipIf(NO_REAL_TRACES)(`what the IOMMU did ${WHERE_TRACES_ARE}`, () => {
  let compared = 0;
  let unknown = 0;

  test.each(FILES)("is the fate in %s", async (_name, file) => {
    const { noted, fates } = await besides(file, readFileSync(file));
    expect(noted.filter((each) => !isTold(fates.get(each.irte) ?? [], each))).toEqual([]);
    compared += noted.length;
    unknown += noted.filter((each) => isPerhaps(fates.get(each.irte) ?? [], each)).length;
  });

  test("is known of many interrupts", () => {
    expect(compared).toBeGreaterThan(1000);
    expect(unknown).toBeLessThan(compared / 100);
  });
});

describe.skipIf(NO_REAL_TRACES)("what the IOMMU did, where fewer probes are set", () => {
  const LEVELS = ["standard", "minimal"] as const;
  const SMALL = FILES.filter(([name]) => /[/]s[12]-/.test(name));
  let told = 0;

  test.each(SMALL)("is the fate in %s, or that is not known", async (_name, file) => {
    const text = gunzipSync(readFileSync(file)).toString("latin1");
    for (const level of LEVELS) {
      const { noted, fates } = await besides(file, Buffer.from(thinned(text, level), "latin1"));
      const isKnown = ({ irte, ticks }: HwInterrupt): boolean =>
        fates.get(irte)?.find(({ from, to }) => from <= ticks && ticks < to)?.path != null;
      const known = noted.filter(isKnown);
      expect(known.filter((each) => !isTold(fates.get(each.irte) ?? [], each))).toEqual([]);
      told += known.length;
    }
  });

  test("is known of many interrupts", () => {
    expect(told).toBeGreaterThan(200);
  });
});
