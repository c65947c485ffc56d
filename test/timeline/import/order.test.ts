// Files whose lines are not in the order of time: one CPU after another, or several traces.

import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { contentOf, rowsOf } from "../../support/content.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { irqtwin, startIrqtwin, ended } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";

async function imported(file: string): Promise<{ db: string; timeline: Timeline }> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(file);
  return { db, timeline };
}

/** What the timeline says, without the places in the file. Tasks are numbered as they come. */
function answersOf(timeline: Timeline): unknown {
  const check = timeline.recording().check();
  return {
    ...{ verdict: check.verdict, writes: check.writes, invariants: check.invariants },
    findings: check.findings.map(({ line, ...finding }) => [typeof line, finding]),
    end: timeline.recording().at(),
  };
}

const LOG =
  "SELECT seq, time_ns, cpu, comm, pid, kind, vm_id, vcpu_id, irte_index, cause_seq FROM v_event";

describe("the lines of one CPU after another", () => {
  test.each([
    ["6.17-s1-one", true],
    ["6.17-s1-one", false],
    ["6.12-s2-two", false],
    // Stamps of a counter clock.
    ["6.17-x-uaf-crash", true],
  ])("of %s, headers repeated: %s: answers are those of the whole trace", async (name, headers) => {
    const lines = shippedLines(name);
    const whole = await imported(scratch.file(".txt", textOf(lines)));
    const parts = byCpu(lines, headers);
    expect(parts).not.toEqual(lines);
    const { db, timeline } = await imported(scratch.file(".txt", textOf(parts)));
    expect(answersOf(timeline)).toEqual(answersOf(whole.timeline));
    expect(timeline.verify().verdict).toBe("intact");
    whole.timeline.close();
    timeline.close();
    expect(rowsOf(db, LOG)).toEqual(rowsOf(whole.db, LOG));
    const recording = "SELECT sorted, left_out, time_anomalies FROM v_recording";
    expect(rowsOf(whole.db, recording)).toEqual([[0n, null, 0n]]);
    expect(rowsOf(db, recording)).toEqual([[1n, null, 0n]]);
    for (const [line, time] of rowsOf(db, "SELECT line, time_ns FROM v_event")) {
      const stamp = String(time).padStart(10, "0");
      const text = parts[Number(line) - 1]?.replaceAll(".", "") ?? "";
      expect(text).toContain(name.includes("uaf") ? ` ${String(time)}: ` : stamp.slice(0, -3));
    }
  });

  test("from standard input and compressed: the same", () => {
    const text = textOf(byCpu(shippedLines(NAME)));
    const file = scratch.file(".txt", text);
    const dbs = [file, scratch.file(".txt.gz", gzipSync(text)), "-"].map((input) => {
      const db = scratch.path(".db");
      const ran = irqtwin(["import", input, "--db", db, "--json"], { input: text });
      expect(ran.status).toBe(0);
      expect(JSON.parse(ran.stdout)).toMatchObject({ sorted: true, left_out: null });
      return contentOf(db);
    });
    expect(dbs[1]).toEqual(dbs[0]);
    expect(dbs[2]).toEqual(dbs[0]);
  });

  test("whoever listens hears each event once, in the order of time", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const seqs: number[] = [];
    const file = scratch.file(".txt", textOf(byCpu(shippedLines(NAME))));
    await timeline.import(file, { onBatch: (batch) => seqs.push(...batch.map(({ seq }) => seq)) });
    timeline.close();
    expect(seqs.length).toBeGreaterThan(500);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  });

  test("an import that is killed is completed by the next one, exactly", async () => {
    const lines = largeTrace().toString("latin1").split("\n").slice(0, 30_000);
    const file = scratch.file(".txt", textOf(byCpu(lines)));
    const clean = scratch.path(".db");
    expect(irqtwin(["import", file, "--db", clean]).status).toBe(0);
    let killed = 0;
    for (const delay of [300, 900]) {
      const db = scratch.path(".db");
      const child = startIrqtwin(["import", file, "--db", db]);
      const timer = setTimeout(() => child.kill("SIGKILL"), delay);
      if ((await ended(child)) === "SIGKILL") killed++;
      clearTimeout(timer);
      expect(irqtwin(["import", file, "--db", db]).status).toBe(0);
      expect(contentOf(db)).toEqual(contentOf(clean));
    }
    expect(killed).toBeGreaterThan(0);
  });

  test("a rewound timeline has the returns before the moment, and is intact", async () => {
    const { db, timeline } = await imported(
      scratch.file(".txt", textOf(byCpu(shippedLines(NAME)))),
    );
    const to = scratch.path(".db");
    const half = Number(rowsOf(db, "SELECT max(seq) / 2 FROM event")[0]?.[0]);
    const at = timeline.recording().at({ when: `@${half}` });
    timeline.close();
    expect(irqtwin(["rewind", `@${half}`, "--to", to, "--db", db]).status).toBe(0);
    const rewound = await openTimeline(to, { create: true });
    expect(rewound.recording().at().irtes).toEqual(at.irtes);
    expect(rewound.verify().verdict).toBe("intact");
    rewound.close();
    const returns = `SELECT seq, line, after_seq FROM call_return WHERE after_seq < ${half} ORDER BY seq`;
    expect(rowsOf(to, returns)).toEqual(rowsOf(db, returns));
    expect(rowsOf(to, `SELECT max(after_seq) <= ${half} FROM call_return`)).toEqual([[1n]]);
    const [[total, sum] = []] = rowsOf(
      to,
      "SELECT lines_total, lines_header + lines_events + lines_unused + lines_rejected + lines_gaps FROM v_recording",
    );
    expect(total).toBe(sum);
  });
});

describe("a file that cannot be put in order", () => {
  const recording = "SELECT sorted, time_anomalies > 0 FROM v_recording";

  test("two traces of the same CPUs, one after the other: the file's order stays", async () => {
    const lines = shippedLines(NAME);
    const file = scratch.file(".txt", textOf([...lines, ...lines]));
    const { db, timeline } = await imported(file);
    timeline.close();
    expect(rowsOf(db, recording)).toEqual([[0n, 1n]]);
    const order = rowsOf(db, "SELECT line FROM v_event ORDER BY seq").map(([line]) => Number(line));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test.each([
    ["90", "later"],
    ["10", "earlier"],
  ])("a line whose stamp was damaged to %s seconds keeps its place", async (seconds) => {
    const lines = shippedLines(NAME);
    lines[1200] = lines[1200]?.replace(/ \d\d(\d[\d.]*): /, ` ${seconds}$1: `) ?? "";
    const { db, timeline } = await imported(scratch.file(".txt", textOf(lines)));
    timeline.close();
    expect(rowsOf(db, recording)).toEqual([[0n, 1n]]);
  });
});

test("the pipe of a large input is read to its end and put in order", () => {
  const lines = largeTrace().toString("latin1").split("\n").slice(0, 30_000);
  const file = scratch.file(".txt", textOf(byCpu(lines, false)));
  const [a, b] = [scratch.path(".db"), scratch.path(".db")];
  expect(irqtwin(["import", file, "--db", a]).status).toBe(0);
  expect(irqtwin(["import", "-", "--db", b], { input: readFileSync(file) }).status).toBe(0);
  expect(contentOf(b)).toEqual(contentOf(a));
  expect(rowsOf(a, "SELECT sorted FROM v_recording")).toEqual([[1n]]);
});
