// What is prepared before the transaction that seals a recording gives the hashes that its rows give.

import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { atOnce } from "../../../src/base/steps.js";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { hashTable, type SealedRows } from "../../../src/timeline/integrity/hash-table.js";
import { PreparedSeal } from "../../../src/timeline/integrity/prepared-seal.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();
const RETURNS: SealedRows = {
  table: "call_return",
  columns: "seq recording_id line after_seq",
  key: "seq",
  recording: 1,
};

describe("the seal of a recording with many events", () => {
  let timeline: Timeline;
  let sqlite: Database.Database;
  let events: number;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    ({
      lines: { events },
    } = await timeline.import(scratch.file(".txt", largeTrace())));
    sqlite = new Database(timeline.file);
  });

  it("is that of its rows", () => {
    expect(events).toBeGreaterThan(16_384);
    expect(timeline.verify()).toMatchObject({ verdict: "intact", findings: [] });
    const seal = new PreparedSeal(sqlite);
    atOnce(seal.prepare(RETURNS, events));
    const [own, other] = [createHash("sha256"), createHash("sha256")];
    const rows = seal.add(own, RETURNS);
    expect(rows).toBe(atOnce(hashTable(sqlite, other, RETURNS)));
    expect(rows).toBeGreaterThan(2048);
    expect(own.digest("hex")).toBe(other.digest("hex"));
    seal.close();
    expect(seal.add(createHash("sha256"), RETURNS)).toBeNull();
  });

  it("is read from the rows where more have come, or few are worth no file", () => {
    const seal = new PreparedSeal(sqlite);
    atOnce(seal.prepare(RETURNS, 100));
    expect(seal.add(createHash("sha256"), RETURNS)).toBeNull();
    atOnce(seal.prepare(RETURNS, events));
    const insert =
      "INSERT INTO call_return (seq, recording_id, line, after_seq) VALUES (?, 1, 1, ?)";
    const last = Number(sqlite.prepare("SELECT max(seq) FROM call_return").pluck().get());
    sqlite.prepare(insert).run(last + 1, last);
    expect(seal.add(createHash("sha256"), RETURNS)).toBeNull();
    seal.close();
  });

  it("is read from the rows where no file can be made", async () => {
    const { TMPDIR } = process.env;
    process.env["TMPDIR"] = scratch.path(".gone");
    try {
      const other = await openTimeline(scratch.path(".db"), { create: true });
      await other.import(scratch.file(".txt", largeTrace()));
      expect(other.verify()).toMatchObject({ verdict: "intact", findings: [] });
      other.close();
    } finally {
      if (TMPDIR === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = TMPDIR;
    }
  });
});
