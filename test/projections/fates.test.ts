// The fates of recordings: of known bugs from the very event on, of built histories, and of damaged recordings none that
// the whole one contradicts.

import { gzipSync } from "node:zlib";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { AMD_FILES, NO_REAL_TRACES, WHERE_TRACES_ARE } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedLines, shippedPath } from "../support/shipped.js";

const scratch = new Scratch();

async function imported(file: string): Promise<string> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(file);
  timeline.close();
  return db;
}

function importedLines(lines: readonly string[]): Promise<string> {
  const file = scratch.path(".txt.gz");
  writeFileSync(file, gzipSync(`${lines.join("\n")}\n`));
  return imported(file);
}

/** The lines, with a header that counts them. */
function counted(lines: readonly string[]): readonly string[] {
  const entries = lines.filter((line) => !line.startsWith("#")).length;
  return lines.map((line) =>
    line.replace(/(entries-written: )\d+\/\d+/, `$1${entries}/${entries}`),
  );
}

/** The text of a query's rows. */
function told(db: string, sql: string): readonly string[] {
  return rowsOf(db, sql).map((row) => row.map(String).join(" "));
}

const SETTLED = "in_flight = 0 AND fate IN ('lost wake-up', 'freed memory')";

test("fates behind a loss do not depend on how the recording comes", async () => {
  const lines = [...shippedLines("6.17-s1-one")];
  lines.splice(600, 0, "CPU:1 [LOST 5 EVENTS]");
  const whole = await importedLines(lines);
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(inParts(lines), { name: "slow.txt" });
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  const fates =
    "SELECT irte, fate, path, in_flight, from_seq, to_seq FROM v_fate ORDER BY irte, from_seq";
  expect(told(db, fates)).toEqual(told(whole, fates));
});

describe("behind a loss", () => {
  const LINES = shippedLines("6.17-s1-one").filter((line) => !line.includes("entries-in-buffer"));
  const placeOf = (name: string, from: number): number =>
    LINES.findIndex((line, i) => i > from && line.includes(` ${name}: `));
  const withLoss = (at: number): Promise<string> =>
    importedLines([...LINES.slice(0, at), "CPU:0 [LOST 5 EVENTS]", ...LINES.slice(at)]);
  /** The fate of the entry at the event of that line of the whole. */
  const fateAt = (db: string, line: string, values: string): string | undefined => {
    const [, stamp = ""] = / (\d+): /.exec(line) ?? [];
    const at = `(SELECT min(seq) FROM event WHERE time_ns = ${stamp} AND kind <> 41)`;
    return told(
      db,
      `SELECT ${values} FROM v_fate WHERE irte = '0000:00:08.0/0' AND from_seq <= ${at} AND (to_seq IS NULL OR ${at} < to_seq)`,
    )[0];
  };

  test("a write of an entry whose vCPU is not known has no path until its function is over", async () => {
    const put = placeOf("avic_vcpu_put", placeOf("avic_blocking", 0));
    const load = placeOf("svm_vcpu_load", put);
    const exchange = placeOf("irte_cmpxchg", load);
    const db = await withLoss(load);
    expect(fateAt(db, LINES[exchange] ?? "", "fate, path, in_flight")).toBe("unknown null null");
  });
});

/** The bytes of the lines, with a pause after which what was read is stored. */
async function* inParts(lines: readonly string[]): AsyncGenerator<Buffer> {
  yield Buffer.from(`${lines.slice(0, 900).join("\n")}\n`);
  await sleep(1500);
  yield Buffer.from(`${lines.slice(900).join("\n")}\n`);
}

describe("shipped recordings", () => {
  test.each(SHIPPED)("%s: nothing settled is a lost wake-up or freed memory", async (name) => {
    const db = await imported(shippedPath(name));
    expect(told(db, `SELECT irte, fate FROM v_fate WHERE ${SETTLED}`)).toEqual([]);
  });

  test.each(SHIPPED)("%s: no settled path is that of other bits than the entry's", async (name) => {
    const db = await imported(shippedPath(name));
    const overlapping = `SELECT f.irte, f.from_seq, f.path, i.mode FROM v_fate AS f JOIN v_irte AS i USING (irte)
      WHERE f.in_flight = 0 AND f.from_seq < coalesce(i.to_seq, 1e15) AND i.from_seq < coalesce(f.to_seq, 1e15)`;
    expect(told(db, `${overlapping} AND f.path IS NOT NULL`)).not.toEqual([]);
    const isWrong = `(i.mode = 'remapped') <> (f.path = 'remapped') AND i.valid = 1 AND f.path <> 'refused'`;
    expect(
      told(db, `${overlapping} AND (${isWrong} OR (i.valid = 1 AND f.path = 'refused'))`),
    ).toEqual([]);
  });

  test.each(SHIPPED)("%s: intervals of an entry follow one another", async (name) => {
    const db = await imported(shippedPath(name));
    const holes = told(
      db,
      `SELECT irte, to_seq FROM (SELECT irte, to_seq, lead(from_seq) OVER (PARTITION BY irte ORDER BY from_seq) AS next,
         to_seq <= from_seq AS empty FROM v_fate) WHERE to_seq IS NOT next OR empty`,
    );
    expect(holes).toEqual([]);
  });
});

describe.skipIf(NO_REAL_TRACES)(`known bugs ${WHERE_TRACES_ARE}`, () => {
  const fileOf = (name: string): string =>
    AMD_FILES.find((file) => file.endsWith(name)) ?? shippedPath(name);

  test("6.16: misdirected from the moment at which the route is gone, blocked from the deactivation", async () => {
    const db = await imported(fileOf("6.16/x-stale-route-removed.txt.gz"));
    const seqOf = (where: string): string =>
      told(db, `SELECT min(seq) FROM v_event WHERE irte = '0000:00:08.0/0' AND ${where}`)[0] ?? "";
    const gone = seqOf(`kind = 'irqfd_routed' AND payload ->> 'type' = 0`);
    const written = seqOf(`kind = 'irte_exchanged' AND cause = 'deactivate'`);
    const from = (fate: string, since: string): string =>
      told(
        db,
        `SELECT min(from_seq) FROM v_fate
         WHERE irte = '0000:00:08.0/0' AND fate = '${fate}' AND from_seq >= ${since}`,
      )[0] ?? "";
    expect(from("misdirected", "1")).toBe(gone);
    expect(from("blocked", gone)).toBe(written);
    const between = `from_seq >= ${gone} AND from_seq < ${written} AND irte = '0000:00:08.0/0'`;
    expect(told(db, `SELECT DISTINCT fate FROM v_fate WHERE ${between}`)).toEqual(["misdirected"]);
  });

  test("6.17: misdirected from the deassign", async () => {
    const db = await imported(fileOf("6.17/x-uaf-crash.txt.gz"));
    const late = told(
      db,
      `SELECT e.seq, (SELECT fate FROM v_fate AS f WHERE f.irte = l.irte
         AND f.from_seq <= e.seq AND (f.to_seq IS NULL OR e.seq < f.to_seq)) AS fate
       FROM v_event AS e JOIN v_link AS l ON l.vm_id = e.vm_id AND l.gsi = e.gsi
         AND l.from_seq < e.seq AND (l.to_seq IS NULL OR l.to_seq > e.seq)
       JOIN v_irte AS i ON i.irte = l.irte AND i.from_seq <= e.seq AND (i.to_seq IS NULL OR e.seq < i.to_seq)
       WHERE e.kind = 'irqfd_deassigned' AND i.mode = 'posted'`,
    );
    expect(late.length).toBeGreaterThan(0);
    expect(late.filter((each) => !each.endsWith(" misdirected"))).toEqual([]);
  });
});

describe("built histories", () => {
  const LINES = shippedLines("6.17-s1-one");

  test("a block that leaves GALogIntr off loses the wake-up until the entry is written again", async () => {
    const at = LINES.findIndex((line, i) => {
      return line.includes("irte_cmpxchg:") && LINES[i - 5]?.includes(" avic_blocking: ") === true;
    });
    const built = LINES.map((line, i) =>
      i === at - 1 || i === at ? line.replace(/((?:new_)?lo=0x\w+)85 /, "$181 ") : line,
    );
    expect(built[at]).not.toBe(LINES[at]);
    const db = await importedLines(built);
    const rows = told(
      db,
      "SELECT fate, path, in_flight FROM v_fate WHERE fate = 'lost wake-up' ORDER BY from_seq",
    );
    expect(rows).toEqual(["lost wake-up vAPIC page only 0"]);
  });

  test("an entry that is posted when its vCPU is freed writes into freed memory", async () => {
    const posted = LINES.findIndex((line) => line.includes(" avic_blocking: "));
    const [, vcpu = "", kvm = ""] = /vcpu=(\w+) kvm=(\w+)/.exec(LINES[posted] ?? "") ?? [];
    const freed = LINES.find((line) => line.includes(" svm_vcpu_free: ")) ?? "";
    const end = LINES.findIndex((line, i) => i > posted && line.includes(" vcpu_put: "));
    const [, stamp = "0"] = / (\d+): /.exec(LINES[end] ?? "") ?? [];
    const line = freed
      .replace(/vcpu=\w+/, `vcpu=${vcpu}`)
      .replace(/kvm=\w+/, `kvm=${kvm}`)
      .replace(/ \d+: svm_vcpu_free/, ` ${Number(stamp) + 1}: svm_vcpu_free`);
    const db = await importedLines(counted([...LINES.slice(0, end + 1), line]));
    const [last] = told(
      db,
      "SELECT fate, to_seq FROM v_fate WHERE irte = '0000:00:08.0/0' ORDER BY from_seq DESC LIMIT 1",
    );
    expect(last).toBe("freed memory null");
  });
});
