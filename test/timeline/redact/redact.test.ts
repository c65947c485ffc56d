// A redacted timeline names nobody, says the same otherwise, and is the same on each way that leads to it.

import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { beforeAll, describe, expect, it, test } from "vitest";
import { EXIT, openTimeline, type Timeline } from "../../../src/index.js";
import { contentOf, rowsOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { expectNothingOf, HOST, namedLines, originals, SECRETS } from "../../support/named-host.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { traceDat } from "../../support/trace-dat/index.js";
import { shippedPath, shippedText } from "../../support/shipped.js";

const SEED = 20261126;
const scratch = new Scratch();

/** A shipped recording on a made-up host, with pids that are no other number of it. */
function ownTrace(name: string, random: () => number): string {
  const lines = namedLines(name);
  const tid =
    /-(\d{7}) /.exec(lines.find((line) => line.includes("/KVM-")) ?? "")?.[1] ?? "3000009";
  const first = lines.findIndex((line) => !line.startsWith("#"));
  const any = first + Math.floor(random() * (lines.length - first - 2));
  const [stamp = ""] = /\[\d{3}\] .{4,8} +\d+\.\d+: /.exec(lines[any] ?? "") ?? [];
  lines.splice(
    any + 1,
    0,
    `   acme_exporter-3111111 ${stamp}tracing_mark_write: note to myself`,
    `   acme_exporter-3111111 ${stamp}zz-odd: what=ever`,
    `   acme_exporter-3111111 ${stamp}kvm_apicv_inhibit_changed: note to myself`,
  );
  const header = [
    ...["capture: 1", `host: ${HOST}`, "boot_id: 3f1cb00710", "level: full"],
    "probe: p:pi_3222222/irte_write __modify_irte_ga.isra.0 devid=%si:x16",
    'refused: name=irte_cmpxchg reason="acme_exporter said no"',
    `vm: pid=3333333 name="guest-of-acme" fd=12`,
    `vcpu: pid=3333333 tid=${tid} vcpu=0 from=debugfs`,
    `dmesg: [ 1.0] ${HOST} kvm`,
    "acme_exporter: what",
    "vm: acme_exporter",
  ];
  return [...header.map((line) => `# irqtwin ${line}`), ...lines, ""].join("\n");
}

async function imported(path: string, redact: boolean): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(path, { redact });
  return timeline;
}

/** What `check` says, without the names and the file. */
function verdicts(timeline: Timeline): unknown {
  const { findings, ...counts } = timeline.recording().check({ store: false });
  return JSON.parse(
    JSON.stringify([
      counts,
      findings.map(({ id, seq, rule, severity }) => [id, seq, rule, severity]),
    ]),
  );
}

/** What `log` says, without the names. */
function logOf(timeline: Timeline): unknown {
  return [...timeline.recording().log()].map((entry) => ({
    ...entry,
    ...{ comm: null, pid: null, vm_name: null, text: null },
    payload: entry.kind === "marker" ? null : entry.payload,
  }));
}

/** What `at` says, without the names of VMs. */
function stateOf(timeline: Timeline, when: string): unknown {
  return JSON.parse(
    JSON.stringify(timeline.recording().at({ when }), (key, value: unknown) =>
      key === "vm_name"
        ? null
        : typeof value === "string"
          ? value.replace(/kvm@\w+/, "kvm@")
          : value,
    ),
  );
}

describe.each(["6.17-x-uaf-crash", "6.16-m2-mono-standard", "7.3-s2-two", "6.12-s2-two"])(
  `%s (seed ${SEED})`,
  (name) => {
    let plain: Timeline;
    let redacted: Timeline;
    let path: string;
    beforeAll(async () => {
      path = scratch.file("-of-anvil.txt", ownTrace(name, randomOf(SEED)));
      plain = await imported(path, false);
      redacted = await imported(path, true);
    });

    it("has no name, pid or pointer in its bytes, its write-ahead log included", () => {
      const secrets = originals(plain.file);
      expect(secrets.texts.length).toBeGreaterThan(SECRETS.length + 4);
      expect(() => {
        expectNothingOf(secrets, plain.file);
      }).toThrow();
      expectNothingOf(secrets, redacted.file);
      redacted.recording().check();
      expectNothingOf(secrets, redacted.file);
    });

    it("says the same but for the names, and verifies", () => {
      expect(redacted.verify()).toMatchObject({ verdict: "intact", findings: [] });
      expect(verdicts(redacted)).toEqual(verdicts(plain));
      expect(logOf(redacted)).toEqual(logOf(plain));
      const { last_seq: last = 1 } = plain.recordings()[0] ?? {};
      for (const share of [0.2, 0.5, 1]) {
        const when = `@${Math.max(1, Math.floor((last ?? 1) * share))}`;
        expect(stateOf(redacted, when), when).toEqual(stateOf(plain, when));
      }
    });

    it("has one substitute for one name, and another one for another name", () => {
      const sql = "SELECT comm, pid FROM task ORDER BY id";
      const before = rowsOf(plain.file, sql);
      const after = rowsOf(redacted.file, sql);
      for (const column of [0, 1]) {
        const pairs = before.map(
          (row, i) => `${String(row[column])} ${String(after[i]?.[column])}`,
        );
        const count = (rows: typeof before): number =>
          new Set(rows.map((row) => String(row[column]))).size;
        expect(new Set(pairs).size).toBe(count(before));
        expect(count(after)).toBe(count(before));
      }
      const kept = before.filter(([comm]) =>
        /^CPU \d+\/KVM$|^<\.\.\.>$|^<idle>$/.test(String(comm)),
      );
      expect(kept.length).toBeGreaterThan(0);
      for (const [comm] of kept) expect(after.map(([name]) => name)).toContain(comm);
    });

    it("is what a redacted rewind to its end makes, which is redacted as well", async () => {
      const to = scratch.path(".db");
      await plain.recording().rewind({ to, redact: true });
      expectNothingOf(originals(plain.file), to);
      const copy = await openTimeline(to, { readonly: true });
      expect(copy.verify()).toMatchObject({ verdict: "intact", findings: [] });
      for (const table of ["task", "vm", "header_line", "header_word", "rejected_line", "marker"]) {
        const sql = `SELECT * FROM ${table} ORDER BY 1, 2, 3`;
        const rows = rowsOf(to, sql).map(String);
        // Tasks that no event names are not in a rewound timeline.
        const whole = rowsOf(redacted.file, sql).map(String);
        if (table === "task") expect(whole).toEqual(expect.arrayContaining(rows));
        else expect(rows, table).toEqual(whole);
        expect(rows.length > 0 || table === "vm").toBe(true);
      }
      const events = "SELECT hash FROM chain WHERE content = 'event' ORDER BY link";
      expect(rowsOf(to, events)).toEqual(rowsOf(redacted.file, events));
      expect(copy.recordings()[0]?.file).toContain(`${redacted.recordings()[0]?.file} (up to`);
      copy.close();
    });
  },
);

describe("a redaction", () => {
  const path = shippedPath("6.17-s1-one");
  const other = shippedPath("6.12-s2-two");

  test("of several recordings covers all, at any moment of the last one", async () => {
    const plain = await imported(path, false);
    await plain.import(scratch.file("-of-anvil.txt", ownTrace("6.12-s2-two", randomOf(SEED))));
    const to = scratch.path(".db");
    await plain
      .recording()
      .rewind({ to, when: `@${(plain.recordings()[1]?.last_seq ?? 0) - 50}`, redact: true });
    expectNothingOf({ ...originals(plain.file), pids: [3_333_333, 3_222_222] }, to);
    const copy = await openTimeline(to, { create: true });
    expect(copy.verify()).toMatchObject({ verdict: "intact", findings: [] });
    // A timeline that is redacted already keeps its substitutes.
    const again = scratch.path(".db");
    await copy.recording().rewind({ to: again, redact: true });
    const sql = "SELECT comm, pid FROM task ORDER BY id";
    expect(rowsOf(again, sql)).toEqual(rowsOf(to, sql));
    copy.close();
  });

  test("is found again by the same file, and its names are those of the file", async () => {
    const timeline = await imported(path, true);
    const again = await timeline.import(path, { redact: true });
    expect(again.already_imported).toBe(true);
    expect(again.file).toMatch(/^name_[0-9a-f]{10}$/);
    const packed = await imported(path, true);
    expect(contentOf(packed.file)).toEqual(contentOf(timeline.file));
  });

  describe("by a key", () => {
    const redactKey = Buffer.alloc(32, "a secret of the house");
    const tasks = "SELECT DISTINCT comm, pid FROM task ORDER BY comm, pid";
    const kvms = "SELECT DISTINCT kvm FROM vm ORDER BY kvm";
    const text = shippedText("6.17-s1-one");

    test("has the same substitutes in all recordings, of whatever format, and in a rewind", async () => {
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      await timeline.import(path, { redact: true, redactKey });
      const once = [rowsOf(timeline.file, tasks), rowsOf(timeline.file, kvms)];
      const dat = traceDat(text, {
        version: 7,
        compression: "zlib",
        clock: "x86-tsc",
        release: "6.17.13",
      });
      await timeline.import(dat, { redact: true, redactKey });
      expect(timeline.recordings().map(({ format }) => format)).toEqual(["ftrace", "trace.dat"]);
      expect([rowsOf(timeline.file, tasks), rowsOf(timeline.file, kvms)]).toEqual(once);
      expect(readFileSync(timeline.file).includes(redactKey)).toBe(false);
      expect(timeline.verify().verdict).toBe("intact");

      const plain = await imported(path, false);
      const to = scratch.path(".db");
      await plain.recording().rewind({ to, redact: true, redactKey });
      expect(rowsOf(to, kvms)).toEqual(once[1]);
      const own = await imported(path, true);
      expect(rowsOf(own.file, kvms)).not.toEqual(once[1]);
    });

    test("is that of a file for the command line", async () => {
      const key = scratch.file(".key", redactKey);
      const db = scratch.path(".db");
      const args = ["import", path, "--redact", "--db", db, "--redact-key"];
      expect(irqtwin([...args, `${key}.away`])).toMatchObject({ status: EXIT.misuse });
      expect(irqtwin([...args, key]).status).toBe(EXIT.ok);
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      await timeline.import(path, { redact: true, redactKey });
      expect(contentOf(db)).toEqual(contentOf(timeline.file));
    });

    test("is refused where it would not be the same everywhere, or is none", async () => {
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      await timeline.import(path, { redact: true, redactKey });
      const another = Buffer.alloc(32, "another one");
      for (const [options, code] of [
        [{ redact: true, redactKey: another }, "ERR_REDACT"],
        [{ redact: true, redactKey: Buffer.alloc(15) }, "ERR_USAGE"],
        [{ redactKey }, "ERR_USAGE"],
      ] as const)
        await expect(timeline.import(other, options)).rejects.toMatchObject({ code });
      expect(timeline.recordings()).toHaveLength(1);
    });
  });

  test("is refused where the timeline holds the other kind", async () => {
    const refused = { code: "ERR_REDACT" };
    const plain = await imported(path, false);
    await expect(plain.import(path, { redact: true })).rejects.toMatchObject(refused);
    const stream = Readable.from([readFileSync(path)]);
    await expect(plain.import(stream, { redact: true })).rejects.toMatchObject(refused);
    const correction = { redact: true, supersedes: 1 };
    await expect(plain.import(other, correction)).rejects.toMatchObject(refused);
    expect(plain.recordings()).toHaveLength(1);
    const redacted = await imported(path, true);
    await expect(redacted.import(path)).rejects.toMatchObject(refused);
    await expect(redacted.import(other, { supersedes: 1 })).rejects.toMatchObject(refused);
    expect((await redacted.import(other, correction)).supersedes).toBe(1);
  });
});
