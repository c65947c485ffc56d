// The cookbook's answers on a shipped recording, against a golden file and against the raw text.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { COOKBOOK, narrowingSql, openTimeline } from "../../../src/index.js";
import { RECIPE_IDS } from "../../../src/query/sql/recipe.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const NAME = "6.17-x-uaf-crash";
const GOLDEN = new URL("./cookbook.golden.txt", import.meta.url);
const scratch = new Scratch();
const db = scratch.path(".db");
const lines = shippedLines(NAME);

type Row = Readonly<Record<string, string | number | null>>;

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath(NAME));
  timeline.close();
});

function answer(id: string): Row[] {
  const recipe = COOKBOOK.find((each) => each.id === id);
  const sqlite = new Database(db, { readonly: true });
  const rows = sqlite.prepare<[], Row>(recipe?.sql ?? "").all();
  sqlite.close();
  return rows;
}

/** The raw lines of a probe, and the fields that they print as key=value. */
function raw(name: string): Readonly<Record<string, string>>[] {
  return lines
    .filter((line) => line.includes(` ${name}: `))
    .map((line) => {
      const pairs = [...line.matchAll(/(\w+)=(\S+)/g)];
      return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
    });
}

function tally(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

const deviceOf = (devid: string | undefined): string => {
  const id = Number(devid);
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `${hex(id >> 8)}:${hex((id >> 3) & 31)}.${id & 7}`;
};

describe("the cookbook", () => {
  it("answers as in the golden file, from the command line", () => {
    const said = COOKBOOK.map(({ id, question }) => {
      const { status, stdout, stderr } = irqtwin(["query", "--recipe", id, "--db", db]);
      expect([status, stderr], id).toEqual([0, ""]);
      return `${id}: ${question}\n${stdout}`;
    });
    expect(said.join("\n")).toEqual(readFileSync(GOLDEN, "utf8"));
  });

  it("has the recipes that their type names, each listed, and printed for another client", () => {
    expect(COOKBOOK.map(({ id }) => id)).toEqual(RECIPE_IDS);
    const list = irqtwin(["query", "--recipes"]).stdout;
    for (const { id } of COOKBOOK) expect(list).toContain(id);
    for (const { id, sql } of [COOKBOOK[0], COOKBOOK.at(-1)].flatMap((one) => one ?? []))
      expect(irqtwin(["query", "--recipe", id, "--sql"]).stdout).toContain(sql);
    expect(irqtwin(["query", "--recipe", "nothing"])).toMatchObject({ status: 2 });
  });

  it("is of one recording, by default the newest, and its times are in that recording's unit", () => {
    const [two, alone] = [scratch.path(".db"), scratch.path(".db")];
    const SECONDS = shippedPath("6.16-m2-mono-standard");
    irqtwin(["import", shippedPath(NAME), SECONDS, "--db", two]);
    irqtwin(["import", SECONDS, "--db", alone]);
    const rowsOf = (file: string, sql: string, recording: number | null): Row[] => {
      const sqlite = new Database(file, { readonly: true });
      for (const each of narrowingSql(sql, recording)) sqlite.exec(each);
      const rows = sqlite.prepare<[], Row>(sql).all();
      sqlite.close();
      return rows;
    };
    // The numbers of events and recordings are others where another recording comes first.
    const text = (rows: Row[]): string => JSON.stringify(rows).replace(/\d+/g, "N");
    for (const { id, sql } of COOKBOOK) {
      expect(rowsOf(two, sql, 1), id).toEqual(answer(id));
      expect(text(rowsOf(two, sql, null)), id).toBe(text(rowsOf(alone, sql, 1)));
    }
    const ask = (...args: string[]): string =>
      irqtwin(["query", "--recipe", "write-rate", "--format", "csv", "--db", ...args]).stdout;
    expect(ask(two)).toBe(ask(alone));
    expect(ask(two)).toContain(",a second");
    expect(ask(two, "--recording", "1")).toBe(ask(db));
    expect(ask(db)).toContain(",in 10^9 ticks");
    const sql = irqtwin(["query", "--recipe", "write-rate", "--sql", "--recording", "1"]).stdout;
    expect(sql).toContain("CREATE TEMP VIEW v_event AS SELECT * FROM main.v_event");
  });

  it("counts writes by cause and device as the raw text has them", () => {
    const writes = raw("irte_write");
    const total = answer("write-rate").reduce((sum, { writes: n }) => sum + Number(n), 0);
    expect(total).toBe(writes.length);
    expect(
      Object.fromEntries(answer("top-devices").map(({ device, writes: n }) => [device, n])),
    ).toEqual(tally(writes.map(({ devid }) => deviceOf(devid))));
  });

  it("finds the writes that repeat the entry as it was", () => {
    const last = new Map<string, string>();
    let unchanged = 0;
    for (const line of lines) {
      const [, name = "", devid = "", index = "", rest = ""] =
        / (irte_write|irte_free): .*devid=(\S+) index=(\d+)(.*)/.exec(line) ?? [];
      const key = `${devid}/${index}`;
      if (name === "irte_write" && last.get(key) === rest) unchanged++;
      if (name !== "") last.set(key, name === "irte_write" ? rest : "free");
    }
    const said = answer("no-change").reduce((sum, row) => sum + Number(row["unchanged"]), 0);
    expect(said).toBe(unchanged);
  });

  it("counts affinity changes and their destinations", () => {
    const moves = raw("irte_set_affinity");
    const named = moves.map(({ devid, index = "" }) => `${deviceOf(devid)}/${index}`);
    const said = answer("affinity-churn");
    expect(Object.fromEntries(said.map(({ irte, moves: n }) => [irte, n]))).toEqual(tally(named));
    const [first] = said;
    const dests = moves.filter((_, i) => named[i] === first?.["irte"]).map(({ dest }) => dest);
    expect(first?.["destinations"]).toBe(new Set(dests).size);
  });

  it("counts GA log entries", () => {
    const entries = lines.filter((line) => line.includes(" kvm_avic_ga_log: ")).length;
    const sum = (id: string, column: string): number =>
      answer(id).reduce((total, row) => total + Number(row[column]), 0);
    expect(sum("ga-log", "entries")).toBe(entries);
    expect(sum("while-blocked", "logged")).toBe(entries);
  });

  it("names the task that wrote the busiest IRTE", () => {
    const writes = lines.filter((line) => line.includes(" irte_write: "));
    const key = (line: string): string => /devid=\S+ index=\d+/.exec(line)?.[0] ?? "";
    const busiest = Math.max(...Object.values(tally(writes.map(key))));
    const said = answer("who-wrote");
    expect(said.reduce((total, row) => total + Number(row["writes"]), 0)).toBe(busiest);
    const tasks = new Set(said.map(({ task }) => task));
    for (const task of tasks)
      expect(lines.some((line) => line.trim().startsWith(String(task)))).toBe(true);
  });

  it("finds the links that outlived their producer: what check calls B6", async () => {
    const timeline = await openTimeline(db, { readonly: true });
    const { findings } = timeline.recording().check();
    timeline.close();
    const seqs = findings.filter(({ invariant }) => invariant === "I10").map(({ seq }) => seq);
    expect(answer("stale-links").map((row) => row["producer_removed"])).toEqual(
      expect.arrayContaining(seqs),
    );
  });
});
