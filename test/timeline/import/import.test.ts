import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTimeline, type ImportOptions, type ImportResult } from "../../../src/index.js";
import { contentOf, eventsHash, rowsOf, valueOf } from "../../support/content.js";
import { irqtwin, json } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { SHIPPED, shippedLines, shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();

const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Imports into a new timeline, or into `db`. */
async function imported(
  file: string,
  options: ImportOptions = {},
  db = scratch.path(".db"),
): Promise<{ db: string; result: ImportResult }> {
  const timeline = await openTimeline(db, { create: true });
  try {
    return { db, result: await timeline.import(file, options) };
  } finally {
    timeline.close();
  }
}

function fileOf(lines: readonly string[]): string {
  return scratch.file(".txt", Buffer.from(`${lines.join("\n")}\n`, "latin1"));
}

const compress = (program: string, text: string): Buffer =>
  spawnSync(program, ["-c"], { input: Buffer.from(text, "latin1"), maxBuffer: 1 << 28 }).stdout;

describe("the account of a recording's lines", () => {
  test.each(SHIPPED)("%s: no line is left out", async (name) => {
    const { db, result } = await imported(shippedPath(name));
    const text = shippedText(name);
    const { total, header, events, unused, rejected, gaps } = result.lines;
    expect(total).toBe(text.split("\n").length - 1);
    expect(header + events + unused + rejected + gaps).toBe(total);
    expect(header).toBe(text.split("\n").filter((line) => line.startsWith("#")).length);
    expect(Number(valueOf(db, "SELECT count(*) FROM v_event"))).toBe(events);
    expect(Object.values(result.events).reduce((sum, count) => sum + count, 0)).toBe(events);
  });

  test.each(SHIPPED)("%s: each event name is counted as often as it stands there", async (name) => {
    const { db } = await imported(shippedPath(name));
    const counts = new Map<string, bigint>();
    for (const [, event = ""] of shippedText(name).matchAll(/^[^#\n].{16,}? [\d.]+: (\w+): /gm))
      counts.set(event, (counts.get(event) ?? 0n) + 1n);
    const stored = rowsOf(db, "SELECT name, events + unused FROM recording_name");
    expect(new Map(stored as [string, bigint][])).toEqual(counts);
  });

  test("each event stands for one line, whose time and CPU it has", async () => {
    const { db } = await imported(shippedPath("6.16-m2-mono-standard"));
    const lines = shippedLines("6.16-m2-mono-standard");
    for (const [line, time, cpu] of rowsOf(db, "SELECT line, time_ns, cpu FROM v_event")) {
      const text = lines[Number(line) - 1] ?? "";
      const [, stampCpu, seconds = "", micros = ""] =
        /\[(\d+)\] \S+ +(\d+)\.(\d{6}): /.exec(text) ?? [];
      expect(BigInt(seconds) * 1_000_000_000n + BigInt(micros) * 1000n).toBe(time);
      expect(BigInt(stampCpu ?? "-1")).toBe(cpu);
    }
  });

  test("seq is dense and follows the file", async () => {
    const { db } = await imported(shippedPath("6.17-x-uaf-crash"));
    const rows = rowsOf(db, "SELECT seq, line FROM v_event ORDER BY seq");
    expect(rows.map(([seq]) => Number(seq))).toEqual(rows.map((_, i) => i + 1));
    const lines = rows.map(([, line]) => Number(line));
    expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
  });
});

describe("the same file twice", () => {
  test("the second import changes nothing and says what the first one said", async () => {
    const { db, result } = await imported(shippedPath("6.17-s1-one"));
    const before = contentOf(db);
    const again = (await imported(shippedPath("6.17-s1-one"), {}, db)).result;
    expect(again).toEqual({ ...result, already_imported: true });
    expect(contentOf(db)).toEqual(before);
  });

  test("the same bytes on standard input are the same recording", async () => {
    const { db } = await imported(shippedPath("6.17-s1-one"));
    const before = contentOf(db);
    const bytes = readFileSync(shippedPath("6.17-s1-one"));
    const ran = irqtwin(["import", "-", "--db", db, "--json"], { input: bytes });
    expect(ran.status).toBe(0);
    expect(json(ran)).toMatchObject({ recording_id: 1, already_imported: true });
    expect(contentOf(db)).toEqual(before);
  });

  test("what standard input brought is not imported again from a file", async () => {
    const db = scratch.path(".db");
    const text = shippedText("6.17-s1-one");
    expect(irqtwin(["import", "-", "--db", db], { input: text }).status).toBe(0);
    const { result } = await imported(scratch.file(".txt", text), {}, db);
    expect(result).toMatchObject({ recording_id: 1, already_imported: true });
  });

  test("the stored SHA-256 is that of the file as it was given", async () => {
    const { db, result } = await imported(shippedPath("7.3-s2-two"));
    const sha256 = createHash("sha256")
      .update(readFileSync(shippedPath("7.3-s2-two")))
      .digest("hex");
    expect(result.sha256).toBe(sha256);
    expect(valueOf(db, "SELECT sha256 FROM v_recording")).toBe(sha256);
  });
});

describe("containers", () => {
  const name = "6.12-s2-two";
  for (const [program, suffix] of [
    ["gzip", ".gz"],
    ["xz", ".xz"],
    ["zstd", ".zst"],
  ] as const) {
    const isMissing = spawnSync(program, ["--version"]).status !== 0;
    test.skipIf(isMissing)(`${suffix} says what the plain text says`, async () => {
      const text = shippedText(name);
      const plain = await imported(scratch.file(".txt", Buffer.from(text, "latin1")));
      const packed = await imported(scratch.file(`.txt${suffix}`, compress(program, text)));
      expect(contentOf(packed.db)).toEqual(contentOf(plain.db));
      expect(packed.result.sha256).not.toBe(plain.result.sha256);
    });
  }
});

describe("a program that decompresses", () => {
  /** Imports a recording of zstd's name through a program that copies it, and does this at its end. */
  function importedThrough(end: string): { status: number | null; stderr: string } {
    const text = Buffer.from(shippedText("6.17-s1-one"), "latin1");
    const input = scratch.file(".txt.zst", Buffer.concat([Buffer.from(ZSTD_MAGIC), text]));
    const folder = scratch.path("-bin");
    mkdirSync(folder);
    writeFileSync(join(folder, "zstd"), `#!/bin/sh\ntail -c +5\nexec >&-\n${end}\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    return irqtwin(["import", input, "--db", scratch.path(".db")], { env });
  }

  test("may exit some time after its output has ended", () => {
    expect(importedThrough("sleep 0.3")).toMatchObject({ status: 0 });
  });

  test.each([
    ["exit 3", "zstd ended with status 3"],
    ["kill -9 $$", "zstd ended with SIGKILL"],
  ])("fails the import when it ends by %s", (end, reason) => {
    const { status, stderr } = importedThrough(end);
    expect(stderr).toContain(reason);
    expect(status).not.toBe(0);
  });
});

describe("several recordings in one timeline", () => {
  const names = ["6.17-s1-one", "6.16-m2-mono-standard", "7.3-s2-two"];

  test("each takes the seq after the one before", async () => {
    const db = scratch.path(".db");
    for (const name of names) await imported(shippedPath(name), {}, db);
    const rows = rowsOf(
      db,
      `SELECT r.first_seq, r.last_seq, min(e.seq), max(e.seq), count(*), r.lines_events
       FROM v_recording AS r JOIN v_event AS e USING (recording_id) GROUP BY recording_id`,
    );
    expect(rows).toHaveLength(3);
    let next = 1;
    for (const [first, last, min, max, count, events] of rows) {
      expect([Number(first), Number(min)]).toEqual([next, next]);
      expect([Number(last), Number(max)]).toEqual([next + Number(count) - 1, Number(last)]);
      expect(count).toBe(events);
      next += Number(count);
    }
  });

  test("no recording's state knows of another's", async () => {
    const db = scratch.path(".db");
    for (const name of names) await imported(shippedPath(name), {}, db);
    const all = await openTimeline(db, { readonly: true });
    for (const [i, name] of names.entries()) {
      const alone = await openTimeline((await imported(shippedPath(name))).db, { readonly: true });
      const shift = all.recordings()[i]?.first_seq ?? 0;
      for (const seq of [40, 200, 500]) {
        const { irtes, vcpus, irqfds, vms, unknown } = alone.recording().at({ when: `@${seq}` });
        const among = all.recording(i + 1).at({ when: `@${seq + shift - 1}` });
        expect(among.irtes).toEqual(
          irtes.map((irte) => ({ ...irte, since_seq: irte.since_seq + shift - 1 })),
        );
        expect(among).toMatchObject({ vcpus, irqfds, vms, unknown });
      }
      alone.close();
    }
    all.close();
  });
});

describe("clocks", () => {
  test.each([2_596_000_000, 1_000_000_000, 10_000, 2_595_123_457])(
    "--clock-hz %i converts every stamp exactly, rounding down",
    async (hz) => {
      const ticks = await imported(shippedPath("6.17-s1-one"));
      const ns = await imported(shippedPath("6.17-s1-one"), { clockHz: hz });
      expect([ticks.result.clock_unit, ns.result.clock_unit]).toEqual(["ticks", "ns"]);
      const convert = (value: unknown): bigint => ((value as bigint) * 1_000_000_000n) / BigInt(hz);
      for (const sql of [
        "SELECT time_ns FROM v_event ORDER BY seq",
        "SELECT from_ns FROM v_irte ORDER BY irte, from_seq",
        "SELECT to_ns FROM v_gap",
        "SELECT first_ns FROM v_recording",
        "SELECT last_ns FROM v_recording",
      ]) {
        const expected = rowsOf(ticks.db, sql).map(([time]) => [convert(time)]);
        expect(rowsOf(ns.db, sql), sql).toEqual(expected);
      }
    },
  );

  test.each([0, -1, 0.5, NaN, Infinity])("%d ticks per second are refused", async (clockHz) => {
    await expect(imported(shippedPath("6.17-s1-one"), { clockHz })).rejects.toMatchObject({
      code: "ERR_USAGE",
    });
  });

  test("a clock in seconds refuses --clock-hz, and the timeline stays as it was", async () => {
    const { db } = await imported(shippedPath("6.17-s1-one"));
    const before = contentOf(db);
    const ran = irqtwin([
      "import",
      shippedPath("6.16-m2-mono-standard"),
      "--db",
      db,
      "--clock-hz",
      "1000",
    ]);
    expect(ran.stderr).toMatch(/^error: --clock-hz .*\(ERR_USAGE\)\n$/);
    expect(ran.status).toBe(2);
    expect(contentOf(db)).toEqual(before);
  });

  test("lines out of time order keep the file's order and are counted", async () => {
    const lines = shippedLines("6.16-m2-mono-standard");
    const at = lines.findIndex((line, i) => i > 1000 && line.includes(" irte_write: "));
    const [early = "", late = ""] = [lines[at - 30], lines[at]];
    lines[at - 30] = late;
    lines[at] = early;
    const { db, result } = await imported(fileOf(lines));
    // One fall after the line that came too early, one at the line that came too late.
    expect(result.time_anomalies).toBe(2);
    expect(rowsOf(db, "SELECT time_anomalies, first_time_anomaly FROM v_recording")).toEqual([
      [2n, BigInt(at - 30 + 2)],
    ]);
    const order = rowsOf(db, "SELECT line FROM v_event ORDER BY seq").map(([line]) => Number(line));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toContain(at - 29);
  });
});

describe("rules and kernel", () => {
  test("--rules and --kernel win over what the trace says", async () => {
    const file = shippedPath("6.17-s1-one");
    const own = await imported(file);
    const rules = await imported(file, { rules: "6.12" });
    const kernel = await imported(file, { kernel: "6.12.30-custom" });
    const select = "SELECT kernel, rules, rules_from FROM v_recording";
    const release = "6.17.13+deb13-amd64";
    expect(rowsOf(own.db, select)).toEqual([[release, "6.17", "kernel release"]]);
    expect(rowsOf(rules.db, select)).toEqual([[release, "6.12", "option"]]);
    expect(rowsOf(kernel.db, select)).toEqual([["6.12.30-custom", "6.12", "kernel release"]]);
    expect(eventsHash(rules.db)).toBe(eventsHash(kernel.db));
  });

  test("where no line names the release, the probes' format tells the rules", async () => {
    const lines = shippedLines("7.3-s2-two").filter((line) => !line.includes("boot_state"));
    const { result } = await imported(fileOf(lines));
    expect(result).toMatchObject({ kernel: null, rules: "7.3", rules_from: "probe format" });
  });
});

describe("lines that should parse and do not", () => {
  test("they are kept with number, reason and text, and the exit status is 3", async () => {
    const lines = shippedLines("6.17-s1-one");
    const write = lines.findIndex((line) => line.includes(" irte_write: "));
    const broken = (lines[write] ?? "").replace(/lo=0x[0-9a-f]+/, "lo=0xzz");
    lines[write] = broken;
    lines.splice(100, 0, "Segmentation fault");
    const ran = irqtwin(["import", fileOf(lines), "--db", scratch.path(".db"), "--json"]);
    expect(ran.status).toBe(3);
    expect(json(ran)).toMatchObject({ lines: { total: lines.length, rejected: 2 } });
    expect(ran.stderr).toContain("warning: 2 lines");

    const { db, result } = await imported(fileOf(lines));
    const { total, header, events, unused, rejected, gaps } = result.lines;
    expect(header + events + unused + rejected + gaps).toBe(total);
    expect(rowsOf(db, "SELECT line, reason, text FROM rejected_line ORDER BY line")).toEqual([
      [101n, "not an ftrace line", "Segmentation fault"],
      [BigInt(write + 2), expect.stringContaining("irte_write"), broken],
    ]);
  });

  test("names that irqtwin does not know are counted by name", async () => {
    const lines = shippedLines("6.17-s1-one");
    const at = lines.findIndex((line) => line.includes(" vm_init: "));
    const strange = (lines[at] ?? "").replace("vm_init: ", "my_probe: ");
    lines.splice(at, 0, strange, strange);
    const { db, result } = await imported(fileOf(lines));
    expect(
      rowsOf(db, "SELECT name, known, events, unused FROM recording_name WHERE known = 0"),
    ).toEqual([["my_probe", 0n, 0n, 2n]]);
    expect(result.lines.total).toBe(lines.length);
  });
});
