// A recording that is dropped is gone for every question, its rows are removed, and all others are proven as before.

import { cpSync } from "node:fs";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type Timeline, type TimelineChange } from "../../../src/index.js";
import { removingRemainders } from "../../../src/timeline/import/drop.js";
import { rowsOf, valueOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";
import { tamper, verify } from "../../support/tamper.js";

const SEED = 20261126;
const scratch = new Scratch();
/** Three recordings, the one in the middle large; all are checked. */
let base: string;
let head: string;
/** The tables with rows of recordings, but for those that say what was dropped and what was a part. */
let tables: readonly string[];

beforeAll(async () => {
  base = scratch.path(".db");
  const timeline = await openTimeline(base, { create: true });
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  await timeline.import(largeTrace().subarray(0, 4_000_000), { name: "large.txt" });
  await timeline.import(shippedPath("6.17-s1-one"));
  for (const recording of timeline.recordings()) recording.check();
  head = timeline.verify().head?.hash ?? "";
  timeline.close();
  tables = rowsOf(
    base,
    `SELECT t.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
     WHERE t.type = 'table' AND c.name = 'recording_id'
       AND t.name NOT IN ('chain', 'dropped_recording', 'recording_part')`,
  ).map(([name]) => String(name));
});

function copy(): string {
  const path = scratch.path(".db");
  cpSync(base, path);
  return path;
}

function rowsLeft(db: string, id: number): Record<string, bigint> {
  const counts = tables.map((table) => [
    table,
    valueOf(db, `SELECT count(*) FROM ${table} WHERE recording_id = ?`, id) as bigint,
  ]);
  return Object.fromEntries(counts) as Record<string, bigint>;
}

function rowsOfOthers(db: string, id: number): unknown[] {
  return tables.map((table) => [
    table,
    valueOf(db, `SELECT count(*) FROM ${table} WHERE recording_id <> ?`, id),
  ]);
}

async function opened<Result>(db: string, use: (timeline: Timeline) => Result): Promise<Result> {
  const timeline = await openTimeline(db);
  try {
    return await use(timeline);
  } finally {
    timeline.close();
  }
}

const none = (): Record<string, bigint> => Object.fromEntries(tables.map((name) => [name, 0n]));

describe.each([1, 2, 3])("recording %i, dropped", (id) => {
  test("has no rows, and the others have theirs", async () => {
    const db = copy();
    const others = rowsOfOthers(db, id);
    const result = await opened(db, (timeline) => timeline.drop(id, { why: "by a test" }));
    expect(result).toMatchObject({ recording_id: id, why: "by a test" });
    expect(result.events).toBe((result.last_seq ?? 0) - result.first_seq + 1);
    expect(rowsLeft(db, id)).toEqual(none());
    expect(rowsOfOthers(db, id)).toEqual(others);
  });

  test("is told by verify, which proves the rest by the hash that was noted before", async () => {
    const db = copy();
    await opened(db, (timeline) => timeline.drop(id));
    const report = await verify(db, head);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ verdict: "intact", head: { hash: head } });
    expect(report.dropped).toMatchObject([{ recording_id: id, why: "asked for" }]);
  });

  test("is named with the way out by every question, and is asked by none that names none", async () => {
    const db = copy();
    await opened(db, async (timeline) => {
      const view = timeline.recording(id);
      await timeline.drop(id);
      const says = /^recording \d .* was dropped at .*import the trace again/;
      for (const ask of [
        () => view.at(),
        () => view.check(),
        () => [...view.log()],
        () => timeline.recording(id),
        () => timeline.info({ recording: id }),
      ])
        expect(ask).toThrow(says);
      await expect(timeline.query("SELECT 1", [], { recording: id })).rejects.toThrow(says);
      await expect(timeline.drop(id)).rejects.toMatchObject({ code: "ERR_DROPPED" });
      expect(timeline.recording().id).toBe(id === 3 ? 2 : 3);
      expect(timeline.recordings().map(({ state }) => state)[id - 1]).toBe("dropped");
      expect(timeline.info().recordings[id - 1]).toMatchObject({
        state: "dropped",
        dropped: { why: "asked for" },
      });
    });
  });
});

test("a drop that is killed anywhere is intact, and is finished by who writes next", async () => {
  const random = randomOf(SEED);
  for (let tries = 0; tries < 6; tries++) {
    const isDroppedAgain = tries % 2 === 1;
    const db = copy();
    await opened(db, async (timeline) => {
      const stopped = timeline.drop(2, { signal: AbortSignal.abort() });
      await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
      // What the next lines do is what a process does that is killed then.
      const sqlite = new Database(db);
      const steps = removingRemainders(sqlite);
      // With few steps rows are left in any case.
      const count = Math.floor(random() * (isDroppedAgain ? 5 : 90));
      for (let left = count; left > 0; left--) steps.next();
      sqlite.close();
    });
    const report = await verify(db, head);
    expect(report.findings).toEqual([]);
    const reading = await openTimeline(db, { readonly: true });
    expect(() => reading.recording(2)).toThrow("was dropped at");
    reading.close();
    if (isDroppedAgain) {
      const again = irqtwin(["drop", "2", "--json", "--db", db]);
      expect([again.status, again.stderr]).toEqual([0, ""]);
      expect(JSON.parse(again.stdout)).toMatchObject({ recording_id: 2, file: "large.txt" });
      expect(irqtwin(["drop", "3", "2", "--db", db]).stderr).toContain("(ERR_DROPPED)");
      expect(valueOf(db, "SELECT count(*) FROM dropped_recording")).toBe(1n);
    } else await opened(db, (timeline) => timeline.import(shippedPath("6.17-s1-one")));
    expect(rowsLeft(db, 2)).toEqual(none());
    expect(valueOf(db, "SELECT count(*) FROM dropped_remainder")).toBe(0n);
  }
});

test("a seq is never given again, though the newest recording was dropped", async () => {
  const db = copy();
  const last = valueOf(db, "SELECT max(last_seq) FROM recording") as bigint;
  await opened(db, async (timeline) => {
    for (const id of [3, 2, 1]) await timeline.drop(id);
    expect(() => timeline.recording()).toThrow("recording 3 (6.17-s1-one");
    const { recording_id } = await timeline.import(shippedPath("6.17-s1-one"));
    expect(recording_id).toBe(4);
    expect(timeline.recording().first_seq).toBe(Number(last) + 1);
    expect(() => timeline.recording().at({ when: "@5" })).toThrow(
      "it was an event of recording 1, which was dropped at",
    );
    expect(timeline.verify()).toMatchObject({ verdict: "intact" });
  });
});

test("the file does not grow over many cycles: free pages are used again", async () => {
  const db = scratch.path(".db");
  const trace = largeTrace().subarray(0, 1_500_000);
  const timeline = await openTimeline(db, { create: true });
  const pages: number[] = [];
  for (let cycle = 1; cycle <= 9; cycle++) {
    const bytes = Buffer.concat([Buffer.from(`# cycle ${cycle}\n`), trace]);
    const { recording_id } = await timeline.import(bytes, { name: "trace.txt" });
    if (cycle > 2) await timeline.drop(recording_id - 2);
    pages.push(Number(valueOf(db, "PRAGMA page_count")));
  }
  timeline.close();
  const [one = 0, , three = 0] = pages;
  expect(three).toBeGreaterThan(1.5 * one);
  // What is left in pages that are not full differs a little from cycle to cycle.
  expect(pages.at(-1)).toBeLessThan(1.1 * three);
});

test("a recording that is not imported to its end is refused", async () => {
  const db = copy();
  await opened(db, async (timeline) => {
    let go: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => (go = resolve));
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield largeTrace().subarray(0, 6_000_000);
      await waits;
    }
    const importing = timeline.import(slowly());
    while (timeline.recordings().length < 4) await new Promise((next) => setTimeout(next, 20));
    await expect(timeline.drop(4)).rejects.toMatchObject({ code: "ERR_IMPORT_RUNNING" });
    // Another one goes meanwhile.
    await timeline.drop(2);
    go();
    await importing;
    expect(timeline.verify()).toMatchObject({ verdict: "intact", findings: [] });
  });
});

test("who follows the timeline is told, and not of events that are gone", async () => {
  const db = copy();
  await opened(db, async (timeline) => {
    const end = new AbortController();
    const seen: TimelineChange[] = [];
    const following = (async () => {
      for await (const change of timeline.changes({ everyMs: 5, signal: end.signal })) {
        seen.push(change);
        end.abort();
      }
    })();
    await timeline.drop(1);
    await following;
    expect(seen).toEqual([{ kind: "dropped", recording_id: 1 }]);
    const told = timeline.changes({ after: 0, everyMs: 5 });
    expect((await told.next()).value).toEqual({ kind: "began", recording_id: 2 });
    await told.return(undefined);
  });
});

test("a rewind keeps that it was dropped, and a redacted one does not name it", async () => {
  const db = copy();
  await opened(db, async (timeline) => {
    // Rows that are left are not copied.
    await timeline.drop(2, { signal: AbortSignal.abort() }).catch(() => undefined);
    for (const redact of [false, true]) {
      const to = scratch.path(".db");
      await timeline.recording(3).rewind({ to, redact });
      expect(await verify(to)).toMatchObject({ verdict: "intact", findings: [] });
      const ids = rowsOf(to, "SELECT recording_id, state FROM v_recording ORDER BY 1");
      const dropped = redact ? [] : [[2n, "dropped"]];
      expect(ids).toEqual([[1n, "complete"], ...dropped, [3n, "complete"]]);
      expect(rowsLeft(to, 2)).toEqual(none());
    }
  });
});

describe("verify", () => {
  const changed = async (change: string): Promise<string[]> => {
    const db = copy();
    await opened(db, (timeline) => timeline.drop(2));
    const path = tamper(db, scratch.path(".db"), (sqlite) => sqlite.exec(change));
    return (await verify(path)).findings.map(({ what }) => what);
  };

  test.each([
    ["UPDATE dropped_recording SET events = events - 1", "is not what its links say"],
    ["UPDATE dropped_recording SET hash = NULL", "is not what its links say"],
    ["UPDATE recording SET lines_total = 7 WHERE id = 2", "the rows of table recording"],
    ["DELETE FROM chain WHERE recording_id = 2 AND link = 2", "link 2 is missing"],
    ["UPDATE event SET line = line + 1 WHERE seq = 5", "events, or the link itself"],
  ])("tells of %s", async (change, says) => {
    expect((await changed(change)).join("\n")).toContain(says);
  });

  test("tells of events that were put back", async () => {
    const columns = "recording_id, line, time_ns, cpu, kind";
    const found = await changed(
      `INSERT INTO event (seq, ${columns})
       SELECT (SELECT last_seq FROM recording WHERE id = 2), 2, line, time_ns, cpu, kind FROM event WHERE seq = 5`,
    );
    expect(found.join("\n")).toContain("events of it are there");
  });
});

test("SQL cannot undo a drop, nor drop what is not complete, nor delete what is not dropped", async () => {
  const db = copy();
  await opened(db, (timeline) => timeline.drop(2));
  const sqlite = new Database(db);
  for (const [sql, says] of [
    ["DELETE FROM dropped_recording", "what was dropped stays dropped"],
    ["UPDATE dropped_recording SET why = ''", "what was dropped stays dropped"],
    ["INSERT OR REPLACE INTO dropped_recording VALUES (2, '', '', 0, NULL)", "stays dropped"],
    ["INSERT INTO dropped_recording VALUES (99, '', '', 0, NULL)", "only a complete recording"],
    ["DELETE FROM event WHERE recording_id = 1", "events are insert-only"],
    ["DELETE FROM chain WHERE recording_id = 2", "the chain is insert-only"],
    ["DELETE FROM recording WHERE id = 2", "recordings are insert-only"],
  ] as const)
    expect(() => sqlite.exec(sql), sql).toThrow(says);
  sqlite.close();
});

describe("a recording that is half removed", () => {
  /** A timeline whose second recording is dropped, and whose removal was stopped after some steps. */
  async function halfRemoved(): Promise<string> {
    const db = copy();
    await opened(db, async (timeline) => {
      const stopped = timeline.drop(2, { signal: AbortSignal.abort() });
      await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    });
    const sqlite = new Database(db);
    const steps = removingRemainders(sqlite);
    for (let left = 3; left > 0; left--) steps.next();
    sqlite.close();
    return db;
  }

  test("has no row in any view but its own", async () => {
    const db = await halfRemoved();
    const views = rowsOf(db, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name");
    const counts = (file: string, is: string): unknown[] =>
      views.map(([view]) => [
        view,
        valueOf(file, `SELECT count(*) FROM ${String(view)} WHERE recording_id ${is} 2`),
      ]);
    expect(valueOf(db, "SELECT count(*) FROM event WHERE recording_id = 2")).toBeGreaterThan(0n);
    expect(counts(db, "=")).toEqual(
      views.map(([view]) => [view, view === "v_recording" ? 1n : 0n]),
    );
    expect(counts(db, "<>")).toEqual(counts(base, "<>"));
    expect(valueOf(base, "SELECT count(*) FROM v_event WHERE recording_id = 2")).toBeGreaterThan(
      0n,
    );
  });
});

test("why a recording is dropped is never empty", async () => {
  const db = copy();
  await opened(db, async (timeline) => {
    expect(await timeline.drop(1, { why: "" })).toMatchObject({ why: "asked for" });
    expect(await timeline.drop(2, { why: " \n" })).toMatchObject({ why: "asked for" });
    expect(await timeline.drop(3)).toMatchObject({ why: "asked for" });
  });
});

test("a timeline of which all is dropped is empty, and says what to do", async () => {
  const db = copy();
  await opened(db, async (timeline) => {
    for (const id of [1, 2, 3]) await timeline.drop(id, { why: "too old, exported to 3.db" });
    for (const ask of [() => timeline.recording(), () => timeline.recording().at()])
      expect(ask).toThrow(
        expect.objectContaining({
          code: "ERR_TIMELINE_EMPTY",
          message: expect.stringMatching(
            /all were dropped, the last one, recording 3 .*exported to 3.db\): import a trace/,
          ) as string,
        }),
      );
    expect(() => timeline.recording(3)).toThrow(expect.objectContaining({ code: "ERR_DROPPED" }));
  });
});

test("a copy to the end is proven by the hash that the drop notes", async () => {
  const db = copy();
  const to = scratch.path(".db");
  const sha256 = valueOf(db, "SELECT sha256 FROM recording WHERE id = 3");
  const hash = await opened(db, async (timeline) => {
    await timeline.recording(3).rewind({ to });
    const dropped = await timeline.drop(3);
    expect(timeline.info().recordings[2]?.dropped?.hash).toBe(dropped.hash);
    expect(timeline.verify().dropped[0]?.hash).toBe(dropped.hash);
    return dropped.hash;
  });
  const report = await verify(to, hash ?? "");
  expect(report).toMatchObject({ verdict: "intact", anchor: { recording_id: 3 }, head: { hash } });
  expect(rowsOf(to, "SELECT file, sha256 FROM recording WHERE id = 3")).toEqual([
    ["6.17-s1-one.txt.gz", sha256],
  ]);
  const changed = scratch.path(".db");
  tamper(to, changed, (sqlite) => {
    sqlite.exec("UPDATE event SET cpu = cpu + 1 WHERE seq = (SELECT max(seq) FROM event)");
  });
  expect((await verify(changed, hash ?? "")).verdict).toBe("damaged");
});
