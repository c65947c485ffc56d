// What a check stored answers as a new check does, byte for byte; what is not what this version stored is judged anew.

import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atOnce } from "../../src/base/steps.js";
import { check } from "../../src/check/check.js";
import { keptReport } from "../../src/check/kept-report.js";
import { openTimeline, type CheckReport } from "../../src/index.js";
import { recordings, type Recording } from "../../src/timeline/read/recordings.js";
import { SEALED_AS_JSON, sealOfReport } from "../../src/timeline/integrity/verdicts.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedLines, shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let sqlite: Database.Database;

/** Recordings with findings of each kind, with doubts, with gaps, and without a release of their own. */
const DAMAGED: Readonly<Record<string, (line: string, i: number) => string[]>> = {
  "without every 40th line": (line, i) => (i % 40 === 7 ? [] : [line]),
  "without some writes": (line, i) => (i % 5 === 0 && line.includes("irte_write") ? [] : [line]),
  "with other bits": (line, i) => [
    i % 200 < 9 ? line.replace(/(?<= lo=0x\w+)\w\b/, (digit) => (digit === "1" ? "5" : "1")) : line,
  ],
  "with lost events": (line, i) => (i % 300 === 299 ? ["CPU:1 [LOST 3 EVENTS]", line] : [line]),
  "of an unknown release": (line) => (line.startsWith("# irqtwin") ? [] : [line]),
  "of one CPU": (line) => (/^#| \[000\] /.test(line) ? [line] : []),
};

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  for (const name of SHIPPED) {
    await timeline.import(shippedPath(name));
    for (const [how, change] of Object.entries(DAMAGED)) {
      const text = shippedLines(name).flatMap(change).join("\n");
      await timeline.import(scratch.file(`-${name} ${how}.txt`, `${text}\n`));
    }
  }
  timeline.close();
  sqlite = new Database(db);
});
afterAll(() => {
  sqlite.close();
});

const text = (value: unknown): string => JSON.stringify(value);

test("is the report of a new check, by the recording's rules and by others", () => {
  const kinds = new Set<string>();
  let stored = 0;
  for (const recording of recordings(sqlite)) {
    for (const rules of [undefined, "6.12", "7.3"]) {
      const report = check(sqlite, recording, rules);
      const profiles = rules === undefined ? recording.rulesAllowed : [rules];
      const kept = atOnce(keptReport(sqlite, recording, profiles));
      // What could not be judged is not stored: to find that out costs nothing.
      if (kept === null) expect(report.writes.observed, report.reason ?? "").toBe(0);
      else expect(text(kept), `${recording.file} ${rules ?? ""}`).toBe(text(report));
      if (kept !== null) stored++;
      for (const { kind } of report.findings) kinds.add(kind);
      if (report.by_release.length > 0) kinds.add("by release");
      for (const { kind } of report.doubts) kinds.add(kind);
    }
  }
  expect(stored).toBeGreaterThan(100);
  expect([...kinds].sort()).toEqual(expect.arrayContaining(["invariant", "mismatch", "missing"]));
});

describe("of another check is not taken", () => {
  const recordingOf = (): Recording => {
    const found = recordings(sqlite).find(
      (each) => each.rules !== null && check(sqlite, each).findings.length > 1,
    );
    if (found === undefined) throw new Error("no recording has two findings");
    return found;
  };
  const kept = (id: number): CheckReport | null => {
    const recording = recordings(sqlite).find((each) => each.id === id);
    return recording === undefined
      ? null
      : atOnce(keptReport(sqlite, recording, recording.rulesAllowed));
  };

  test.each([
    [
      "by other rules",
      (recording: Recording) =>
        check(sqlite, recording, recording.rules === "6.16" ? "7.3" : "6.16"),
    ],
    [
      "of another version",
      () =>
        sqlite.exec("UPDATE audit SET report = replace(report, '\"version\":', '\"version\":9')"),
    ],
    ["whose finding was changed", () => sqlite.exec("UPDATE finding SET severity = 'none'")],
    ["whose finding was removed", () => sqlite.exec("DELETE FROM finding WHERE id = 'F1'")],
    [
      "that an older version stored",
      () => sqlite.exec("UPDATE audit SET report = NULL, report_sealed = NULL"),
    ],
  ])("%s", (_what, change) => {
    const recording = recordingOf();
    const report = check(sqlite, recording);
    expect(kept(recording.id)).toEqual(report);
    change(recording);
    expect(kept(recording.id)).toBeNull();
    expect(check(sqlite, recording)).toEqual(report);
    expect(kept(recording.id)).toEqual(report);
  });
});

test("of an older version, sealed value by value, is taken as it is, and not once it was changed", () => {
  const recording = recordings(sqlite).find((each) => check(sqlite, each).findings.length > 1);
  if (recording === undefined) throw new Error("no recording has two findings");
  const report = check(sqlite, recording);
  sqlite
    .prepare("UPDATE audit SET report = replace(report, ?, '{') WHERE recording_id = ?")
    .run(SEALED_AS_JSON, recording.id);
  const kept = () => atOnce(keptReport(sqlite, recording, recording.rulesAllowed));
  expect(kept()).toBeNull();
  sqlite
    .prepare("UPDATE audit SET report_sealed = ? WHERE recording_id = ?")
    .run(sealOfReport(sqlite, recording.id), recording.id);
  expect(kept()).toEqual(report);
  sqlite.exec("UPDATE finding SET times = times + 1 WHERE id = 'F2'");
  expect(kept()).toBeNull();
});

test("explains, finds first and narrows as a new check does", async () => {
  const copy = scratch.path(".db");
  const timeline = await openTimeline(copy, { create: true });
  for (const name of SHIPPED) await timeline.import(shippedPath(name));
  const ids = timeline.recordings().map(({ id }) => id);
  const answers = (recording: number): string => {
    const { findings } = timeline
      .recording(recording)
      .check({ only: ["invariant", "mismatch"], store: false });
    const [first] = findings;
    const explained = first === undefined ? null : timeline.recording(recording).explain(first.id);
    const found = timeline.recording(recording).first({ only: ["I1", "I5", "B5"] });
    return text([findings, explained, found]);
  };
  const anew = new Map<number, string>();
  for (const id of ids) {
    const other = new Database(copy);
    other.exec("DELETE FROM audit; DELETE FROM finding; DELETE FROM write_verdict");
    other.close();
    anew.set(id, answers(id));
  }
  for (const recording of ids) timeline.recording(recording).check();
  for (const id of ids) expect(answers(id), `recording ${id}`).toBe(anew.get(id));
  expect([...anew.values()].some((each) => each.includes('"F1"'))).toBe(true);
  expect(timeline.verify().verdict).toBe("intact");
  const other = new Database(copy);
  other.exec(
    "UPDATE audit SET report = replace(report, 'pass', 'fail') WHERE report LIKE '%pass%'",
  );
  other.close();
  expect(timeline.verify().findings.map(({ what }) => what)).toContain(
    "its report is not the one that check stored",
  );
  timeline.close();
});
