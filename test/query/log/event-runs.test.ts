import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTimeline, type LogEntry, type LogOptions, type Timeline } from "../../../src/index.js";
import { conditionsOf } from "../../../src/query/log/log-filter.js";
import { PACKS_VERSION } from "../../../src/projections/pack.js";
import { pickRecording } from "../../../src/timeline/read/recordings.js";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

const TAG_BITS = 9;
/** Of about six blocks of events. */
const LINES = 30_000;

const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  // So that the recording that is asked does not begin at the first event of the timeline.
  await timeline.import(Buffer.from(shippedText("6.17-s1-one"), "latin1"));
  const template = traceTemplate(shippedText("6.16-m2-mono-standard"), TAG_BITS);
  await timeline.import(Buffer.from([...repeatedLines(template, LINES)].join("\n"), "latin1"));
});

afterAll(() => {
  timeline.close();
});

const RECORDING = 2;

/** One filter for each subject that the recording has, of some columns the first ones only. */
function filters(): LogOptions[] {
  const values = (column: string, limit = 8): (string | number)[] =>
    rowsOf(
      db,
      `SELECT DISTINCT ${column} FROM v_event
       WHERE recording_id = ${RECORDING} AND ${column} IS NOT NULL LIMIT ${limit}`,
    ).map(([value]) => value as string | number);
  const texts = (column: string): string[] => values(column).map(String);
  const vcpus = texts("vcpu");
  return [
    ...vcpus.map((vcpu) => ({ vcpu })),
    ...texts("kind").map((kind) => ({ kind })),
    ...texts("cause").map((cause) => ({ cause })),
    ...texts("comm || '-' || pid").map((task) => ({ task })),
    ...values("vm_id").map((vm_id) => ({ vm_id: Number(vm_id) })),
    ...values("gsi").map((gsi) => ({ gsi: Number(gsi) })),
    ...values("host_irq").map((host_irq) => ({ host_irq: Number(host_irq) })),
    ...texts("'vm' || vm_id || '/gsi' || gsi").map((irqfd) => ({ irqfd })),
    ...texts("substr(irte, 1, 12)").map((device) => ({ device })),
    ...vcpus.map((vcpu) => ({ vcpu, kind: "avic_vcpu_loaded" })),
    ...vcpus.flatMap((vcpu) => [4, 5].map((gsi) => ({ vcpu, gsi: gsi + 20 }))),
  ];
}

const seqs = (options: LogOptions): number[] =>
  [...timeline.recording(RECORDING).log(options)].map(({ seq }: LogEntry) => seq);

/** The answers to all questions: lists of events, and how long the list of a screen is. */
async function answersTo(asked: readonly LogOptions[]): Promise<(number | number[])[]> {
  const view = timeline.recording(RECORDING);
  const pages = filters().map((filter) => view.logPage({ ...filter, limit: 5 }));
  return [...asked.map(seqs), ...(await Promise.all(pages)).map(({ total }) => total)];
}

/** The recordings were stored by a version whose packs are others. */
function setVersion(version: number): void {
  const sqlite = new Database(db);
  sqlite.exec(`UPDATE lane_pack SET last = ${version} WHERE kind = 'whole'`);
  sqlite.close();
}

test("what blocks leave out has no event of the subject", async () => {
  const middle = `@${Number(rowsOf(db, "SELECT max(seq) FROM event")[0]?.[0]) - 9000}`;
  const asked = filters().flatMap((filter): LogOptions[] => [
    filter,
    { ...filter, limit: 7 },
    { ...filter, reverse: true, limit: 7, since: middle },
    { ...filter, until: middle },
  ]);
  expect(asked.length).toBeGreaterThan(150);
  const answers = await answersTo(asked);
  expect(
    answers.filter((answer) => typeof answer !== "number" && answer.length > 0).length,
  ).toBeGreaterThan(150);
  setVersion(PACKS_VERSION - 1);
  expect(await answersTo(asked)).toEqual(answers);
  // Nothing reads the packs of such a recording, so they are not compared.
  expect(timeline.verify().verdict).toBe("intact");
  setVersion(PACKS_VERSION);
});

test("a subject that is gone is looked for where it was", () => {
  const sqlite = new Database(db);
  const recording = pickRecording(sqlite, RECORDING);
  const events = (filter: LogOptions): number =>
    conditionsOf(sqlite, recording, filter).runs.reduce(
      (sum, { from, to }) => sum + to - from + 1,
      0,
    );
  const all = events({});
  expect(all).toBe((recording.lastSeq ?? 0) - recording.firstSeq + 1);
  const [first] = rowsOf(db, "SELECT comm || '-' || pid FROM task WHERE recording_id = 2 LIMIT 1");
  expect(events({ task: String(first?.[0]) })).toBeLessThan(all / 2);
  expect(events({ kind: "irte_written" })).toBe(all);
  sqlite.close();
});
