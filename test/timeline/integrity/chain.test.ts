// Whatever is changed in what a recording keeps of its input is found, and the place is told.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { atOnce } from "../../../src/base/steps.js";
import { openTimeline, type VerifyReport } from "../../../src/index.js";
import { EVENT_COLUMNS } from "../../../src/timeline/store/row-bytes.js";
import {
  ChainReader,
  GENESIS,
  SEALED,
  type Link,
  sealedBy,
} from "../../../src/timeline/integrity/chain.js";
import { LOG_VERSION } from "../../../src/timeline/schema/log-version.js";
import { rowsOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedPath } from "../../support/shipped.js";
import { tamper, verify } from "../../support/tamper.js";

/** Projections that older versions did not make. */
const NEWER = [
  ...["fate_change", "fate_case", "fate_facts", "fate_state", "fate_verdict"],
  ...["interrupt", "interrupt_case"],
];

const SEED = seedOr(20261123);
console.log(`chain.test.ts: seed ${SEED} (IRQTWIN_TEST_SEED)`);
const RUNS = { seed: SEED, numRuns: 12 };

const COLUMNS = EVENT_COLUMNS.split(" ");
const NOT_NULL = ["recording_id", "line", "time_ns", "cpu", "kind"];
const scratch = new Scratch();
/** Two recordings: one of several batches with lines that do not parse, and a short one. */
let base: string;
let links: Link[];
let events: number;

beforeAll(async () => {
  base = scratch.path(".db");
  const lines = largeTrace().toString("latin1").split("\n").slice(0, 28_000);
  for (const at of [100, 9000, 27_000]) lines.splice(at, 0, "this is no ftrace line");
  const timeline = await openTimeline(base, { create: true });
  await timeline.import(scratch.file(".txt", [...lines, ""].join("\n")));
  await timeline.import(shippedPath("6.17-s1-one"));
  timeline.close();
  const sqlite = new Database(base, { readonly: true });
  links = sqlite.prepare<[], Link>("SELECT * FROM chain ORDER BY recording_id, link").all();
  events = sqlite.prepare<[], number>("SELECT count(*) FROM event").pluck().get() ?? 0;
  sqlite.close();
});

function changed(change: (sqlite: Database.Database) => void): string {
  return tamper(base, scratch.path(".db"), change);
}

/** The link that covers an event. */
function linkOf(seq: number): Link | undefined {
  return links.find(
    ({ first_seq, last_seq }) =>
      first_seq !== null && last_seq !== null && first_seq <= seq && seq <= last_seq,
  );
}

/** What is said of the chain, as `recording/link`. */
function places(report: VerifyReport): string[] {
  return report.findings
    .filter(({ step }) => step === "chain")
    .map(({ recording_id, link }) => `${recording_id ?? "-"}/${link ?? "-"}`);
}

function placeOf(link: Link | undefined): string {
  return `${link?.recording_id ?? "?"}/${link?.link ?? "?"}`;
}

const anySeq = fc.nat().map((n) => 1 + (n % events));

describe("the chain", () => {
  test("has a link for each batch and each sealed table", () => {
    const contents = links.map(({ content }) => content);
    const sealed = sealedBy(LOG_VERSION);
    expect(contents.filter((content) => content === "event").length).toBeGreaterThan(3);
    expect(contents.slice(-sealed.length - 1)).toEqual(["event", ...sealed]);
    expect(
      links.reduce((sum, link) => sum + (link.content === "event" ? link.row_count : 0), 0),
    ).toBe(events);
  });

  const cellsOf = (sql: string): (bigint | string | null)[][] =>
    rowsOf(base, sql) as (bigint | string | null)[][];

  test("hashes what ARCHITECTURE says, computed here from its words", () => {
    const value = (cell: bigint | string | null): Buffer => {
      const bytes = Buffer.alloc(9);
      if (cell === null) return bytes;
      bytes[0] = typeof cell === "bigint" ? 1 : 3;
      const text = Buffer.from(typeof cell === "bigint" ? "" : cell);
      bytes.writeBigInt64LE(typeof cell === "bigint" ? cell : BigInt(text.length), 1);
      return Buffer.concat([bytes, text]);
    };
    const event = (row: (bigint | string | null)[]): Buffer => {
      const bytes = Buffer.alloc(4 + 8 * row.length);
      const present = row.reduce((bits, cell, i) => (cell === null ? bits : bits + 2 ** i), 0);
      bytes.writeUInt32LE(present, 0);
      row.forEach((cell, i) => bytes.writeBigInt64LE(BigInt(cell ?? 0n), 4 + 8 * i));
      return bytes;
    };
    let previous = createHash("sha256").update("irqtwin chain 1").digest();
    for (const row of cellsOf(
      `SELECT recording_id, link, content, row_count, first_seq, last_seq, hash
       FROM chain ORDER BY recording_id, link`,
    )) {
      const [recording, link, content, count, first, last, hash] = row;
      const table = String(content);
      const key = {
        event: "seq",
        ...Object.fromEntries(
          Object.entries(SEALED[LOG_VERSION] ?? {}).map(([name, each]) => [name, each.key]),
        ),
      };
      const columns =
        table === "event" ? EVENT_COLUMNS : (SEALED[LOG_VERSION]?.[table]?.columns ?? "");
      const where =
        table === "event"
          ? `seq BETWEEN ${String(first)} AND ${String(last)}`
          : `${table === "recording" ? "id" : "recording_id"} = ${String(recording)}`;
      const rows = cellsOf(
        `SELECT ${columns.replaceAll(" ", ", ")} FROM ${table} WHERE ${where}
         ORDER BY ${(key as Record<string, string>)[table] ?? ""}`,
      );
      const sum = createHash("sha256").update(previous);
      for (const row of rows)
        sum.update(table === "event" ? event(row) : Buffer.concat(row.map(value)));
      for (const cell of [content, recording, link, count, first, last])
        sum.update(value(cell ?? null));
      previous = sum.digest();
      expect(hash, `${String(recording)}/${String(link)}`).toBe(previous.toString("hex"));
    }
  });

  test("of an untouched timeline is intact, and its head is the last link", async () => {
    const report = await verify(base);
    expect(report).toMatchObject({ verdict: "intact", findings: [], unchained: [], anchor: null });
    expect(report.steps.map(({ step, result }) => `${step} ${result}`)).toEqual([
      "sqlite ok",
      "foreign_keys ok",
      "schema ok",
      "chain ok",
      "refold ok",
      "verdicts ok",
    ]);
    const last = links.at(-1);
    expect(report.head).toMatchObject({
      hash: last?.hash,
      recording_id: 2,
      from_seq: 1,
      to_seq: events,
    });
  });

  test("of an empty timeline is intact and has no head", async () => {
    const path = scratch.path(".db");
    (await openTimeline(path, { create: true })).close();
    expect(await verify(path)).toMatchObject({ verdict: "intact", head: null });
  });

  test("is verified without a byte of the file being written", async () => {
    const before = readFileSync(base);
    await verify(base);
    expect(readFileSync(base).equals(before)).toBe(true);
  });

  test("is verified on a timeline that is open for writing, which then goes on as before", async () => {
    const path = changed(() => undefined);
    const timeline = await openTimeline(path, { create: true });
    expect(timeline.verify().verdict).toBe("intact");
    await timeline.import(shippedPath("7.3-s2-two"));
    expect(timeline.verify().verdict).toBe("intact");
    timeline.close();
  });
});

describe("a change of the events", () => {
  test("of any one value of any one row is found, and its batch is told", async () => {
    const change = fc.record({
      seq: anySeq,
      column: fc.constantFrom(...COLUMNS.slice(1)),
      bit: fc.integer({ min: 0, max: 63 }),
      toNull: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ seq, column, bit, toNull }) => {
        const path = changed((sqlite) => {
          const old = sqlite
            .prepare<[number], bigint | null>(`SELECT ${column} FROM event WHERE seq = ?`)
            .pluck()
            .safeIntegers()
            .get(seq);
          const isNull = toNull && old !== null && !NOT_NULL.includes(column);
          const flipped = BigInt.asIntN(64, (old ?? 0n) ^ (1n << BigInt(bit)));
          sqlite
            .prepare<[bigint | null, number]>(`UPDATE event SET ${column} = ? WHERE seq = ?`)
            .run(isNull ? null : flipped, seq);
        });
        const report = await verify(path);
        expect(report.verdict).toBe("damaged");
        const link = linkOf(seq);
        expect(places(report)).toEqual([placeOf(link)]);
        const finding = report.findings.find(({ step }) => step === "chain");
        expect(finding).toMatchObject({ from_seq: link?.first_seq, to_seq: link?.last_seq });
        if (column === "line") return;
        const [[line]] = rowsOf(base, "SELECT line FROM event WHERE seq = ?", seq) as [[bigint]];
        expect(finding?.from_line).toBeLessThanOrEqual(Number(line));
        expect(finding?.to_line).toBeGreaterThanOrEqual(Number(line));
      }),
      RUNS,
    );
  });

  test("a row deleted, and two rows swapped, are found where they were", async () => {
    const pair = fc.tuple(anySeq, anySeq).filter(([a, b]) => a !== b);
    await fc.assert(
      fc.asyncProperty(pair, async ([a, b]) => {
        const without = changed((sqlite) => sqlite.exec(`DELETE FROM event WHERE seq = ${a}`));
        expect(places(await verify(without))).toEqual([placeOf(linkOf(a))]);
        const swapped = changed((sqlite) => {
          sqlite.exec(`UPDATE event SET seq = -1 WHERE seq = ${a};
            UPDATE event SET seq = ${a} WHERE seq = ${b};
            UPDATE event SET seq = ${b} WHERE seq = -1`);
        });
        const expected = new Set([
          placeOf(linkOf(Math.min(a, b))),
          placeOf(linkOf(Math.max(a, b))),
        ]);
        expect(places(await verify(swapped))).toEqual([...expected]);
      }),
      { ...RUNS, numRuns: 5 },
    );
  });

  test.each([-7, 0, "after"])("a row inserted at seq %s is found", async (where) => {
    const path = changed((sqlite) => {
      const seq = where === "after" ? events + 1 : Number(where);
      const rest = EVENT_COLUMNS.split(" ").slice(1).join(", ");
      sqlite.exec(
        `INSERT INTO event (seq, ${rest}) SELECT ${seq}, ${rest} FROM event WHERE seq = 5`,
      );
    });
    const report = await verify(path);
    expect(report.verdict).toBe("damaged");
    expect(places(report)).toEqual([where === "after" ? "-/-" : "1/1"]);
  });

  test("all of the last recording cut off, links and all, is told by an anchor alone", async () => {
    const path = changed((sqlite) => {
      for (const table of [
        ...sealedBy(LOG_VERSION).slice(1).reverse(),
        "event",
        "chain",
        "checkpoint",
        "frame",
        "fate_change",
        "fate_case",
        "fate_facts",
        "fate_state",
        "fate_verdict",
        "lane_pack",
        "interrupt",
        "interrupt_case",
      ])
        sqlite.exec(`DELETE FROM ${table} WHERE recording_id = 2`);
      for (const table of ["irte", "vcpu", "route", "link"])
        sqlite.exec(`DELETE FROM ${table}_interval WHERE recording_id = 2`);
      sqlite.exec("DELETE FROM recording WHERE id = 2");
    });
    expect((await verify(path)).verdict).toBe("intact");
    const report = await verify(path, links.at(-1)?.hash);
    expect(report.findings.map(({ step }) => step)).toEqual(["anchor"]);
  });
});

describe("a change of what else is kept", () => {
  const CHAIN = ["link", "content", "row_count", "first_seq", "last_seq", "hash"];

  test("one value of the chain itself is found", async () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(...CHAIN));
    await fc.assert(
      fc.asyncProperty(change, async ([n, column]) => {
        const link = links[n % links.length];
        const path = changed((sqlite) => {
          const value =
            column === "hash" || column === "content"
              ? `${column} || '0'`
              : `coalesce(${column}, 0) + 1000`;
          sqlite
            .prepare(`UPDATE chain SET ${column} = ${value} WHERE recording_id = ? AND link = ?`)
            .run(link?.recording_id, link?.link);
        });
        expect((await verify(path)).verdict).toBe("damaged");
      }),
      { ...RUNS, numRuns: 8 },
    );
  });

  test.each([0, 1, 2, 3])("a link that is gone is found (%i)", async (n) => {
    const link = links[Math.floor((n * (links.length - 1)) / 3)];
    const path = changed((sqlite) => {
      sqlite
        .prepare("DELETE FROM chain WHERE recording_id = ? AND link = ?")
        .run(link?.recording_id, link?.link);
    });
    expect((await verify(path)).verdict).toBe("damaged");
  });

  test("all links gone is not the same as never chained", async () => {
    const path = changed((sqlite) => sqlite.exec("DELETE FROM chain"));
    expect((await verify(path)).verdict).toBe("damaged");
    const claimed = changed((sqlite) => {
      sqlite.exec("DELETE FROM chain WHERE recording_id = 2");
      sqlite.exec("UPDATE recording SET chained = 0 WHERE id = 2");
    });
    expect((await verify(claimed)).verdict).toBe("damaged");
  });

  test("a recording set back to importing, for the next import to remove, is found", async () => {
    const path = changed((sqlite) => {
      sqlite.exec("UPDATE recording SET state = 'importing' WHERE id = 2");
    });
    expect((await verify(path)).verdict).toBe("damaged");
  });

  test("a projection that the events do not give is found by the refold", async () => {
    for (const table of ["irte_interval", "vcpu_interval", "route_interval", "link_interval"]) {
      const path = changed((sqlite) => {
        sqlite.exec(`UPDATE ${table} SET from_ns = from_ns + 1 WHERE from_seq = (
          SELECT max(from_seq) FROM ${table} WHERE recording_id = 1)`);
      });
      const report = await verify(path);
      expect(report.findings.map(({ step }) => step)).toEqual(["refold"]);
      expect(report.findings[0]).toMatchObject({
        recording_id: 1,
        what: expect.stringContaining(table) as string,
      });
    }
    for (const table of ["checkpoint", "frame", ...NEWER]) {
      const path = changed((sqlite) => sqlite.exec(`DELETE FROM ${table} WHERE recording_id = 1`));
      expect((await verify(path)).findings[0]?.what).toContain(table);
    }
  });
});

test("a recording of a version that made no fates, interrupts and packs of lanes is intact", async () => {
  const path = changed((sqlite) => {
    for (const table of [...NEWER, "lane_pack"])
      sqlite.exec(`DELETE FROM ${table} WHERE recording_id = 1`);
  });
  expect((await verify(path)).verdict).toBe("intact");
});

test("a pack of a lane that was changed or taken away is told", async () => {
  for (const sql of [
    "UPDATE lane_pack SET numbers = zeroblob(3) WHERE recording_id = 1 AND kind = 'fate'",
    "DELETE FROM lane_pack WHERE recording_id = 1 AND kind = 'vcpu_tick'",
  ]) {
    const path = changed((sqlite) => sqlite.exec(sql));
    expect((await verify(path)).findings[0]?.what).toContain("lane_pack");
  }
});

describe("an anchor", () => {
  test("that any link had proves the history up to it", async () => {
    for (const link of [links[0], links[3], links.at(-1)]) {
      const report = await verify(base, link?.hash.toUpperCase());
      expect(report).toMatchObject({
        verdict: "intact",
        anchor: {
          hash: link?.hash,
          recording_id: link?.recording_id,
          link: link?.link,
          from_seq: 1,
        },
      });
    }
    expect((await verify(base, links[0]?.hash)).anchor?.to_seq).toBe(links[0]?.last_seq);
  });

  test("still proves what is before a damage, and not what is after", async () => {
    const seq = (links[1]?.first_seq ?? 0) + 1;
    const path = changed((sqlite) => sqlite.exec(`UPDATE event SET cpu = 99 WHERE seq = ${seq}`));
    const anchored = async (hash: string | undefined): Promise<string | undefined> =>
      (await verify(path, hash)).steps.find(({ step }) => step === "anchor")?.result;
    expect(await anchored(links[0]?.hash)).toBe("ok");
    expect(await anchored(links[1]?.hash)).toBe("damaged");
    expect(await anchored(links[2]?.hash)).toBe("damaged");
  });

  test("tells a chain that was made anew over changed events from the true one", async () => {
    const path = changed((sqlite) => {
      sqlite.exec("UPDATE event SET task = NULL WHERE seq = 3");
      const reader = new ChainReader(sqlite);
      let previous = GENESIS;
      let after = 0n;
      const update = sqlite.prepare(
        "UPDATE chain SET hash = ? WHERE recording_id = ? AND link = ?",
      );
      for (const link of links) {
        previous = atOnce(reader.hashOf(link, previous, after));
        update.run(previous, link.recording_id, link.link);
        after = BigInt(link.last_seq ?? after);
      }
    });
    expect((await verify(path)).verdict).toBe("intact");
    const report = await verify(path, links.at(-1)?.hash);
    expect(report).toMatchObject({ verdict: "damaged", anchor: null });
    expect(report.findings.map(({ step }) => step)).toEqual(["anchor"]);
  });

  test("that is no hash is refused", async () => {
    for (const anchor of ["", "abc", "g".repeat(64), "0".repeat(65)])
      await expect(verify(base, anchor)).rejects.toThrow(/64 hexadecimal digits/);
  });
});
