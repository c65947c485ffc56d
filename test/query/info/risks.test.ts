// What `info` counts in one pass over the changes of fates is what the view says.

import type Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { fateFacts, type FateWindows, type LostInterrupts } from "../../../src/query/info/risks.js";
import { resolveWhen } from "../../../src/query/subject/when.js";
import { importInto } from "../../../src/timeline/import/import.js";
import { openForWriting } from "../../../src/timeline/open/open.js";
import { pickRecording } from "../../../src/timeline/read/recordings.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();

interface Row {
  readonly irte: string;
  readonly fate: string;
  readonly in_flight: bigint | null;
  readonly seq: bigint;
  readonly from_ns: bigint;
  readonly span: bigint;
  readonly kind: string;
}

/** The rows of the view that began up to a moment; what goes on behind it ends there. */
function viewUntil(sqlite: Database.Database, seq: number, time: bigint): readonly Row[] {
  return sqlite
    .prepare<unknown[], Row>(
      `SELECT f.irte, f.fate, f.in_flight, f.from_seq AS seq, f.from_ns, min(coalesce(f.to_ns, @time), @time) - f.from_ns AS span,
         e.kind FROM v_fate AS f JOIN v_event AS e ON e.seq = f.from_seq WHERE f.from_seq <= @seq ORDER BY f.from_seq, f.irte`,
    )
    .safeIntegers()
    .all({ seq, time });
}

function windowsOf(rows: readonly Row[]): FateWindows {
  const spans = rows.map(({ span }) => span);
  const last = rows.at(-1);
  return {
    times: rows.length,
    total_ns: String(spans.reduce((sum, span) => sum + span, 0n)),
    longest_ns: String(spans.reduce((most, span) => (span > most ? span : most), 0n)),
    last_seq: last === undefined ? null : Number(last.seq),
    last_ns: last === undefined ? null : String(last.from_ns),
  };
}

/** What the view says was lost up to a moment, by its reason. */
function lostUntil(sqlite: Database.Database, seq: number): readonly LostInterrupts[] {
  const found = new Map<string, LostInterrupts>();
  const rows = sqlite
    .prepare<unknown[], Omit<LostInterrupts, "count" | "last_seq"> & { readonly id: number }>(
      "SELECT id, verdict, reason FROM v_interrupt WHERE verdict IN ('lost', 'misdirected') ORDER BY id",
    )
    .all();
  for (const { id, verdict, reason } of rows.filter((row) => row.id <= seq)) {
    const { count } = found.get(verdict + reason) ?? { count: 0 };
    found.set(verdict + reason, { verdict, reason, count: count + 1, last_seq: id });
  }
  return [...found.values()];
}

const LOST = ["lost wake-up", "freed memory", "misdirected"];

describe.each(["6.16-m2-mono-standard", "6.17-x-uaf-crash"])("the fates of %s", (name) => {
  test.each(["end", "@300", "@20"])("are counted as the view has them: %s", async (when) => {
    const sqlite = await openForWriting(scratch.path(".db"));
    await importInto(sqlite, "t.db", shippedPath(name));
    const recording = pickRecording(sqlite);
    const moment = resolveWhen(sqlite, recording, when);
    const { risks, lost_interrupts, in_flight } = fateFacts(sqlite, recording, moment);
    const rows = viewUntil(sqlite, moment.seq, moment.time);
    const settled = rows.filter((row) => row.in_flight === 0n);
    const doubtful = rows.filter((row) => row.in_flight === null);
    const isCounted = ({ fate }: Row): boolean => LOST.includes(fate) || fate === "pending";
    const named = new Set(risks.map(({ irte }) => irte));
    for (const { irte } of [...settled, ...doubtful].filter(isCounted))
      expect(named).toContain(irte);
    for (const { irte, lost, late, perhaps } of risks) {
      expect(perhaps).toEqual(
        windowsOf(doubtful.filter((row) => row.irte === irte && isCounted(row))),
      );
      const own = settled.filter((row) => row.irte === irte);
      expect(lost).toEqual(windowsOf(own.filter(({ fate }) => LOST.includes(fate))));
      expect(late).toEqual(windowsOf(own.filter(({ fate }) => fate === "pending")));
    }
    expect(new Set(lost_interrupts)).toEqual(new Set(lostUntil(sqlite, moment.seq)));
    if (when === "end") expect(lost_interrupts.length).toBeGreaterThan(0);
    const flights = rows.filter((row) => row.in_flight === 1n);
    expect(new Map(in_flight.map(({ kind, times }) => [kind, times]))).toEqual(
      new Map(
        [...new Set(flights.map(({ kind }) => kind))].map((kind) => [
          kind,
          flights.filter((row) => row.kind === kind).length,
        ]),
      ),
    );
    for (const { kind, longest_ns, seq, irte } of in_flight) {
      const own = flights.filter((row) => row.kind === kind);
      const longest = own.reduce((most, row) => (row.span > most.span ? row : most));
      expect({ longest_ns, seq, irte }).toEqual({
        longest_ns: String(longest.span),
        seq: Number(longest.seq),
        irte: longest.irte,
      });
    }
    if (when === "end") expect(in_flight.length).toBeGreaterThan(0);
    if (when === "end" && name.endsWith("standard"))
      expect(risks.some(({ perhaps }) => perhaps.times > 0)).toBe(true);
    sqlite.close();
  });
});
