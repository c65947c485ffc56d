// A window of fates is explained by what opened it, what closed it, and what should have been.

import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const IRTE = "0000:00:08.0/0";

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  timeline.recording().check({ store: true });
  timeline.close();
});

interface Window {
  readonly irte: string;
  readonly from: number;
  readonly to: number | null;
}

function firstOf(fate: string): Window {
  const sql = `SELECT irte, from_seq, to_seq FROM v_fate WHERE fate = '${fate}' AND in_flight = 0 ORDER BY from_seq LIMIT 1`;
  const [irte, from, to] = rowsOf(db, sql)[0] ?? [];
  return { irte: String(irte), from: Number(from), to: to === null ? null : Number(to) };
}

describe("a window", () => {
  test("has the events that opened and closed it, the bug, and what should have been", async () => {
    const { irte, from, to } = firstOf("misdirected");
    const timeline = await openTimeline(db, { readonly: true });
    const { explanation, text } = timeline.recording().explainWindow({ irte, seq: from });
    timeline.close();
    expect(explanation).toMatchObject({
      irte,
      fate: "misdirected",
      opened: { kind: "irqfd_deassigned" },
    });
    expect(explanation.opened.seq).toBeLessThan(from);
    expect(explanation.closed?.seq ?? null).toBe(to);
    expect(explanation.write?.kind).toBe("irte_written");
    expect(explanation.rule).not.toBeNull();
    expect(explanation.should).toContain("remapped");
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  test("is the same from every event in it, and has no fault where the fate is one to have", async () => {
    const { irte, from, to } = firstOf("wake-up");
    const timeline = await openTimeline(db, { readonly: true });
    const explain = (seq: number): unknown => timeline.recording().explainWindow({ irte, seq });
    expect(explain((to ?? from + 1) - 1)).toEqual(explain(from));
    expect(explain(from)).toMatchObject({ explanation: { should: null, path: "GA log" } });
    timeline.close();
  });

  test("says what became of the interrupts in it, together where it is the same", async () => {
    const sql = `SELECT id, irte, reason FROM v_interrupt WHERE verdict = 'lost' ORDER BY id LIMIT 1`;
    const [id, irte, reason] = rowsOf(db, sql)[0] ?? [];
    const timeline = await openTimeline(db, { readonly: true });
    const window = timeline.recording().explainWindow({ irte: String(irte), seq: Number(id) });
    timeline.close();
    const { interrupts, verdicts } = window.explanation;
    expect(verdicts).toHaveLength(interrupts.length);
    expect(verdicts[interrupts.indexOf(Number(id))]).toEqual({
      ...{ verdict: "lost", sure: true, reason, irte },
    });
    expect(window.text.join(" ").replaceAll(/ +/g, " ")).toContain(
      `interrupts lost: ${String(reason)}; @${String(id)}`,
    );
  });

  test("of which no check has judged the write says so", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-s1-one"));
    const { text } = timeline.recording().explainWindow({ irte: IRTE, seq: 439 });
    timeline.close();
    expect(text).toContain("allowed by not judged: run irqtwin check first");
  });

  test("is explained by the command line, and one that is not known has a message", () => {
    const { irte, from } = firstOf("misdirected");
    const { status, stdout } = irqtwin(["explain", `${irte}@${from}`, "--db", db]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/opened by +@\d+, line/);
    expect(irqtwin(["explain", `${IRTE}@1`, "--db", db]).stderr).toContain("no fate of");
    expect(irqtwin(["explain", `${irte}@${from}`, "--format", "mail", "--db", db]).status).toBe(2);
  });
});
