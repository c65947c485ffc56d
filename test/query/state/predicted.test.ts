// A recording without IRTE probes, imported: `at`, v_irte and info say what the rules predict, and say
// that it is predicted. What is known equals what the whole recording shows.

import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type AtIrte, type Timeline } from "../../../src/index.js";
import { rowsOf, valueOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { ALL_IRTE_NAMES, thinned } from "../../support/predicted.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const SEED = 20261124;
const MOMENTS = 60;

/** A file with the lines of a shipped recording that no IRTE probe printed. */
function withoutIrtes(name: string): string {
  const { text } = thinned(Buffer.from(shippedText(name), "latin1"), { without: ALL_IRTE_NAMES });
  return scratch.file(".txt", text.toString("latin1"));
}

async function imported(path: string): Promise<{ db: string; timeline: Timeline }> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(path);
  return { db, timeline };
}

/** The bits that are claimed known, and the same bits of the observed entry. */
function claims(predicted: AtIrte, observed: AtIrte): [bigint, bigint][] {
  return (["lo", "hi"] as const).map((word) => {
    const known = BigInt(predicted.known?.[word] ?? 0);
    return [BigInt(predicted.bits?.[word] ?? 0), BigInt(observed[word] ?? 0) & known];
  });
}

describe.each(["6.12-s2-two", "6.16-m2-mono-standard", "6.17-s1-one", "7.3-s2-two"])(
  "%s without its IRTE probes",
  (name) => {
    let whole: Timeline;
    let less: Timeline;
    let db: string;
    /** Times just before a function begins that writes IRTEs only further down. */
    let rests: bigint[];

    beforeAll(async () => {
      const all = await imported(shippedPath(name));
      whole = all.timeline;
      ({ timeline: less, db } = await imported(withoutIrtes(name)));
      rests = rowsOf(
        all.db,
        `SELECT e.time_ns - 1 FROM v_event AS e
         WHERE e.kind IN ('irqfd_assigned', 'gsi_routing_set', 'producer_added') AND e.seq > 40`,
      ).map(([time]) => time as bigint);
    });

    test("at random moments what is known is what the whole recording shows", () => {
      const random = randomOf(SEED);
      let known = 0;
      let compared = 0;
      for (let i = 0; i < MOMENTS; i++) {
        const when = `${rests[Math.floor(random() * rests.length)] ?? 0n}ns`;
        const observed = new Map(
          whole
            .recording()
            .at({ when })
            .irtes.map((irte) => [irte.irte, irte]),
        );
        for (const irte of less.recording().at({ when }).irtes) {
          const seen = observed.get(irte.irte);
          if (seen?.lo == null) continue;
          for (const [claim, bits] of claims(irte, seen)) expect(claim).toBe(bits);
          compared++;
          if (irte.lo !== null && irte.hi !== null) known++;
        }
      }
      expect(known / compared).toBeGreaterThan(0.5);
    });

    test("everything about IRTEs is labelled", () => {
      for (const { source, irte } of less.recording().at().irtes)
        expect([irte, source]).toEqual([irte, "predicted"]);
      expect(rowsOf(db, "SELECT DISTINCT source FROM v_irte")).toEqual([["predicted"]]);
      expect(valueOf(db, "SELECT count(*) FROM v_irte_change")).toBe(0n);
      const [recording] = less.info().recordings;
      expect(recording?.coverage.irtes).toBe("predicted");
      expect(recording?.coverage.known).toBeGreaterThan(0.9);
      for (const { source } of recording?.interrupts ?? []) expect(source).toBe("predicted");
      expect(whole.info().recordings[0]?.coverage).toEqual({ irtes: "observed", known: null });
      for (const { source } of whole.recording().at().irtes) expect(source).toBe("observed");
    });

    test("v_irte says what at says", () => {
      const last = less.recordings()[0]?.last_seq ?? 0;
      const random = randomOf(SEED);
      for (let i = 0; i < MOMENTS; i++) {
        const seq = 1 + Math.floor(random() * last);
        const rows = rowsOf(
          db,
          `SELECT irte, mode, valid, vector, destination, is_run, ga_log_intr, ga_tag, vm_id, from_seq
           FROM v_irte WHERE from_seq <= ? AND (to_seq IS NULL OR to_seq > ?) ORDER BY irte`,
          seq,
          seq,
        );
        const byAt = less
          .recording()
          .at({ when: `@${seq}` })
          .irtes.filter(({ bits }) => bits !== undefined)
          .map((each) => [
            each.irte,
            each.mode,
            numberOf(each.valid),
            numberOf(each.vector),
            numberOf(each.destination),
            numberOf(each.is_run),
            numberOf(each.ga_log_intr),
            numberOf(each.ga_tag),
            numberOf(each.vm_id),
            BigInt(each.since_seq),
          ]);
        const named = new Set(rows.map(([irte]) => irte));
        expect(byAt.filter(([irte]) => named.has(irte as string))).toEqual(rows);
      }
    });

    test("unknown fields are null and listed", () => {
      const last = less.recordings()[0]?.last_seq ?? 0;
      for (let seq = 1; seq <= last; seq += Math.ceil(last / 20)) {
        const { irtes, unknown } = less.recording().at({ when: `@${seq}` });
        const paths = new Set(unknown.map(({ path }) => path));
        irtes.forEach((irte, i) => {
          for (const field of ["lo", "hi", "valid", "vector", "is_run", "ga_tag"] as const)
            expect(paths.has(`irtes[${i}].${field}`)).toBe(irte[field] === null);
        });
      }
    });

    test("check has nothing to judge, and says so with status 4", () => {
      const report = less.recording().check();
      expect(report).toMatchObject({ verdict: "inconclusive", findings: [], invariants: [] });
      expect(report.writes).toMatchObject({ observed: 0, missing: 0, unknown: 0 });
      const run = irqtwin(["check", "--db", db]);
      expect(run.status).toBe(4);
      expect(run.stdout).toContain("no line of irte_write");
    });

    test("at and info say it in text", () => {
      expect(irqtwin(["at", "end", "--db", db]).stdout).toContain("predicted");
      expect(irqtwin(["info", "--db", db]).stdout).toMatch(
        /IRTEs: predicted by rules .*, none observed; \d+\.\d % of their bits are known/,
      );
    });
  },
);

function numberOf(value: boolean | number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

test("without a line that names an IRTE there is nothing to predict, and info says so", async () => {
  const { db, timeline } = await imported(withoutIrtes("6.16-m3-local-minimal"));
  const [recording] = timeline.info().recordings;
  expect(recording?.coverage).toEqual({ irtes: "none", known: null });
  expect(recording?.cannot_decide[0]).toContain("which IRTE a host IRQ has");
  expect(timeline.recording().at().irtes).toEqual([]);
  expect(valueOf(db, "SELECT count(*) FROM prediction")).toBe(0n);
});

test("an entry that is seen to be made and freed is predicted in between, not kept as made", async () => {
  const { text } = thinned(Buffer.from(shippedText("6.17-s1-one"), "latin1"), {
    without: /: irte_(?:write|cmpxchg): /,
  });
  const { db } = await imported(scratch.file(".txt", text.toString("latin1")));
  const modes = rowsOf(db, "SELECT DISTINCT mode, source, lo IS NULL FROM v_irte ORDER BY mode");
  expect(modes).toEqual(
    ["allocated", "free", "posted", "remapped"].map((mode) => [mode, "predicted", 0n]),
  );
  expect(valueOf(db, "SELECT count(*) FROM v_irte_change")).toBe(0n);
});

test("inside a gap nothing is claimed", async () => {
  const lines = shippedText("6.17-s1-one").split("\n");
  const { text } = thinned(Buffer.from(lines.join("\n"), "latin1"), {
    without: ALL_IRTE_NAMES,
    lost: { cpu: "000", from: 1200, to: 1400 },
  });
  const { db, timeline } = await imported(scratch.file(".txt", text.toString("latin1")));
  const [from, to] = rowsOf(db, "SELECT from_seq, to_seq FROM v_gap WHERE kind = 'lost'")[0] ?? [];
  expect(Number(to)).toBeGreaterThan(Number(from));
  const { irtes, inconclusive } = timeline.recording().at({ when: `@${from as bigint}` });
  expect(inconclusive).toBe(true);
  expect(irtes.map(({ source, mode, lo }) => [source, mode, lo])).toEqual([
    ["predicted", "unknown", null],
  ]);
});
