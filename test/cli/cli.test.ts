// The built program as users run it: help, misuse, JSON shapes, pipes and environment.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsHash } from "../support/content.js";
import { MAIN, ended, irqtwin, json, startIrqtwin, type Ran } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const TRACE = shippedPath("6.16-m2-mono-standard");

beforeAll(() => {
  expect(irqtwin(["import", TRACE, "--db", db]).status).toBe(0);
});

/** The program's own list. */
const COMMANDS = [
  ...(/commands:\n([\s\S]*?)\n\n/.exec(irqtwin(["--help"]).stdout)?.[1] ?? "").matchAll(
    /^ {2}(\w+) {2}/gm,
  ),
].map(([, name = ""]) => name);

const helps = new Map<string, Ran>();

/** What a command's --help says; it is asked once. */
function helpOf(command: string): Ran {
  const help = helps.get(command) ?? irqtwin([command, "--help"]);
  helps.set(command, help);
  return help;
}

/** One JSON document a line. */
function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("help", () => {
  test("--help lists the commands, and every one of them is there", () => {
    const ran = irqtwin(["--help"]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(COMMANDS).toEqual(expect.arrayContaining(["import", "info", "at", "log", "query"]));
    expect(irqtwin(["help"]).stdout).toBe(ran.stdout);
    expect(irqtwin(["log", "-h"]).stdout).toBe(irqtwin(["log", "--help"]).stdout);
  });

  test.each(COMMANDS)("%s --help says what it does and has an example", (name) => {
    const ran = helpOf(name);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(ran.stdout).toContain(`usage: irqtwin ${name}`);
    expect(ran.stdout).toMatch(new RegExp(`examples:\n(?: .*\n)*? .*irqtwin ${name}`));
    expect(ran.stdout).toMatch(/--db FILE/);
    expect(ran.stdout).toMatch(/--json/);
  });

  test("demo --help says where its timeline goes, once", () => {
    const { stdout } = irqtwin(["demo", "--help"]);
    expect(stdout).toMatch(/--db FILE +keep the timeline there \(default: a temporary one/);
    expect(stdout.match(/--db FILE/g)).toHaveLength(1);
  });

  test("no example of --help is misuse", () => {
    const examples = COMMANDS.flatMap((command) => {
      const [, list = ""] = helpOf(command).stdout.split("examples:\n");
      return [...list.matchAll(/^ {2}irqtwin ([^|>&$#"\n]+)$/gm)].map(([, words = ""]) =>
        words.trim(),
      );
    });
    expect(examples.length).toBeGreaterThan(15);
    for (const words of examples) {
      const [command = "", ...args] = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(
        ([, quoted, plain = ""]) => quoted ?? plain,
      );
      // They change the timeline, or do not end by themselves.
      if (["import", "demo", "drop", "rewind", "serve"].includes(command)) continue;
      expect(irqtwin([command, ...args, "--db", db]).stderr, words).not.toContain("ERR_USAGE");
    }
  });

  test("rules 6.16 6.17 is what the one does otherwise than the other, in one screen", () => {
    const { status, stdout } = irqtwin(["rules", "6.16", "6.17"]);
    expect(status).toBe(0);
    for (const name of ["unlinksFirst", "postsInOneWrite", "logsOnlyBlocking", "skipsDeassigned"])
      expect(stdout).toContain(`${name}: 6.17 only`);
    expect(stdout).toMatch(
      /^updatesLostRoute.*\n.*\n.*\n +fates: misdirected or freed memory without/m,
    );
    expect(stdout.split("\n").length).toBeLessThan(60);
    expect(irqtwin(["rules", "6.16", "6.17", "6.18"]).status).toBe(2);
  });

  test("rules --bugs names every bug that check can name", () => {
    const { stdout } = irqtwin(["rules", "--bugs"]);
    for (const id of ["B1", "B3", "B4", "B5", "B6", "B7", "B12"])
      expect(stdout).toMatch(new RegExp(`^${id} `, "m"));
  });

  test("rules --invariants says what no recording can show", () => {
    const { stdout } = irqtwin(["rules", "--invariants"]);
    expect(stdout.match(/^(\w+) .*never checked/gm)?.map((line) => line.split(" ")[0])).toEqual([
      "I19",
      "I23",
    ]);
  });

  test("--version is the package's", () => {
    const version = irqtwin(["--version"]).stdout;
    expect(version).toMatch(/^irqtwin \d+\.\d+\.\d+\n$/);
  });
});

describe("misuse", () => {
  const MISUSES: readonly (readonly [string, readonly string[]])[] = [
    ["an unknown command", ["frobnicate"]],
    ["an unknown option", ["info", "--colour"]],
    ["an option without its value", ["log", "--irte"]],
    ["a number that is none", ["log", "-n", "ten"]],
    ["a negative number", ["log", "-n", "-3"]],
    ["at without a WHEN", ["at"]],
    ["import without a file", ["import"]],
    ["query without SQL", ["query"]],
    ["query with two statements as two operands", ["query", "SELECT 1", "SELECT 2"]],
    ["an operand that the command does not take", ["info", "surplus"]],
    ["a name that is no IRTE", ["at", "end", "--irte", "8.0"]],
    ["at of an IRTE that the recording does not have", ["at", "end", "--irte", "00:1f.0/0"]],
    ["at of a vCPU that the recording does not have", ["at", "@1", "--vcpu", "vm1/vcpu99"]],
    ["at of a VM that the recording does not have", ["at", "start", "--vm", "99"]],
    [
      "diff of an IRTE that the recording does not have",
      ["diff", "@1", "end", "--irte", "00:1f.0/0"],
    ],
    ["blame of an IRTE that the recording does not have", ["blame", "00:1f.0/0"]],
    ["blame of an IRTE of another segment", ["blame", "0001:00:08.0/0"]],
    ["a name that is no vCPU", ["log", "--vcpu", "vcpu0"]],
    ["a device with the index of an IRTE", ["log", "--device", "00:08.0/0"]],
    ["a device that the recording does not have", ["log", "--device", "00:1f.0"]],
    ["a kind that is none", ["log", "--kind", "nonsense"]],
    ["a rules profile that is none", ["import", TRACE, "--rules", "5.10"]],
    ["a frequency of 0", ["import", TRACE, "--clock-hz", "0"]],
    ["a WHEN that is none", ["at", "yesterday"]],
    ["a recording that is not there", ["info", "--recording", "7"]],
    ["an output format that is none", ["query", "SELECT 1", "--format", "xml"]],
  ];

  test.each(MISUSES)("%s ends with status 2 and one line that says why", (_what, args) => {
    const before = eventsHash(db);
    const [command = "", ...rest] = args;
    const ran = irqtwin([command, "--db", db, ...rest]);
    expect(ran.stderr).toMatch(/^error: .{10,} \(ERR_[A-Z_]+\)\n$/);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(eventsHash(db)).toBe(before);
  });

  test("no command at all shows the usage and ends with status 2", () => {
    const ran = irqtwin([]);
    expect(ran.status).toBe(2);
    expect(ran.stdout).toBe(irqtwin(["--help"]).stdout);
  });
});

const keys = (names: string): unknown =>
  expect.objectContaining(
    Object.fromEntries(names.split(" ").map((name) => [name, expect.anything()])),
  );

describe("--json", () => {
  test("import: the contract's document", () => {
    const ran = irqtwin(["import", TRACE, "--db", scratch.path(".db"), "--json"]);
    const document = json(ran) as Record<string, Record<string, number>>;
    expect(document).toEqual(
      keys(
        "recording_id file sha256 format kernel rules clock_unit lines unused events already_imported",
      ),
    );
    expect(document).toMatchObject({
      recording_id: 1,
      file: "6.16-m2-mono-standard.txt.gz",
      format: "ftrace",
      kernel: "6.16.12+deb13-amd64",
      rules: "6.16",
      clock_unit: "ns",
      already_imported: false,
      events: { irte_written: 619 },
      lines: { total: 6351, header: 12, rejected: 0, gaps: 0 },
    });
    expect(document["sha256"]).toMatch(/^[0-9a-f]{64}$/);
    const { total, ...parts } = document["lines"] ?? {};
    expect(Object.keys(parts).sort()).toEqual(["events", "gaps", "header", "rejected", "unused"]);
    expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(total);
    const unused = Object.values(document["unused"] ?? {}).reduce((sum, count) => sum + count, 0);
    expect(unused).toBe(document["lines"]?.["unused"]);
    const events = Object.values(document["events"] ?? {}).reduce((sum, count) => sum + count, 0);
    expect(events).toBe(document["lines"]?.["events"]);
  });

  test("import of several files: one document a line", () => {
    const files = [TRACE, shippedPath("7.3-s2-two")];
    const ran = irqtwin(["import", ...files, "--db", scratch.path(".db"), "--json"]);
    expect(jsonLines(ran.stdout).map(({ recording_id: id }) => id)).toEqual([1, 2]);
  });

  test("info: recordings with their span, their lines and their interrupts", () => {
    const { recordings } = json(irqtwin(["info", "--db", db, "--json"])) as {
      recordings: unknown[];
    };
    expect(recordings).toEqual([
      keys("recording_id file sha256 kernel rules clock_unit first_ns last_ns lines interrupts"),
    ]);
    expect(recordings[0]).toMatchObject({ state: "complete", vms: 2, vcpus: 6, irtes: 8 });
  });

  test("at: the contract's document, times as strings, one document for each WHEN", () => {
    const ran = irqtwin(["at", "@1500", "end", "--db", db, "--json"]);
    const documents = jsonLines(ran.stdout);
    expect(documents).toHaveLength(2);
    expect(documents[0]).toMatchObject({
      seq: 1500,
      time_ns: expect.stringMatching(/^\d+$/) as string,
      unknown: expect.arrayContaining([]) as unknown[],
    });
    const has = (list: string, names: string): void => {
      const entries = documents[0]?.[list] as object[];
      expect(entries.length, list).toBeGreaterThan(0);
      for (const entry of entries)
        expect(Object.keys(entry)).toEqual(expect.arrayContaining(names.split(" ")));
    };
    has(
      "irtes",
      "irte devid index lo hi mode valid vector is_run ga_log_intr destination ga_tag ga_root_ptr vm_id vcpu host_irq gsi source since_seq since_ns cause",
    );
    has(
      "vcpus",
      "vcpu vm_id vcpu_id vcpu_idx run_state pcpu avic_active is_running ga_log_intr ir_list source",
    );
    has("irqfds", "gsi vm_id host_irq irte vcpu route");
    has("vms", "vm_id inhibits");
  });

  test("at: names are in order, hexadecimal is 16 lower-case digits", () => {
    const [document] = jsonLines(irqtwin(["at", "@1500", "--db", db, "--json"]).stdout);
    const irtes = document?.["irtes"] as { irte: string; lo: string; hi: string }[];
    expect(irtes.map(({ irte }) => irte)).toEqual(irtes.map(({ irte }) => irte).sort());
    for (const { irte, lo, hi } of irtes) {
      expect(irte).toMatch(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\/\d+$/);
      expect([lo, hi].join()).toMatch(/^0x[0-9a-f]{16},0x[0-9a-f]{16}$/);
    }
    const vcpus = (document?.["vcpus"] as { vcpu: string }[]).map(({ vcpu }) => vcpu);
    expect(vcpus).toEqual([...vcpus].sort());
  });

  test("log: JSON Lines, one event each", () => {
    const ran = irqtwin(["log", "-n", "7", "--db", db, "--json"]);
    const entries = jsonLines(ran.stdout);
    expect(entries).toHaveLength(7);
    for (const entry of entries)
      expect(Object.keys(entry)).toEqual(
        expect.arrayContaining(["seq", "time_ns", "cpu", "kind", "recording_id", "line"]),
      );
  });
});

describe("a name that the recording has, and not yet at that moment", () => {
  test.each([
    ["irtes", "--irte", "00:08.0/0", "0000:00:08.0/0"],
    ["vcpus", "--vcpu", "vm1/vcpu1", "vm1/vcpu1"],
    ["vms", "--vm", "2", "vm2"],
  ])("of %s: at says so, and ends with status 0", (list, option, name, full) => {
    const ran = irqtwin(["at", "@1", option, name, "--db", db]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    const first = new RegExp(
      `^  ${list}: ${full} is not seen yet: it is first named at @(\\d+)$`,
      "m",
    );
    const [, seq = ""] = first.exec(ran.stdout) ?? [];
    const [then] = jsonLines(irqtwin(["at", `@${seq}`, option, name, "--db", db, "--json"]).stdout);
    expect(then?.[list]).toHaveLength(1);
  });
});

describe("a WHEN on the command line", () => {
  test("-50ms is a moment, not an option, wherever it stands", () => {
    const [after] = jsonLines(irqtwin(["at", "-50ms", "--db", db, "--json"]).stdout);
    const [before] = jsonLines(irqtwin(["at", "--db", db, "--json", "-50ms"]).stdout);
    expect(after).toEqual(before);
    const since = irqtwin(["log", "--since", "-50ms", "--db", db]);
    expect(since.status).toBe(0);
    expect(irqtwin(["log", "--since=-50ms", "--db", db]).stdout).toBe(since.stdout);
  });
});

describe("pipes, terminals and the environment", () => {
  test("`log | head -1` ends quietly", () => {
    const command = `"${process.execPath}" "${MAIN}" log --db "${db}" | head -1; echo "\${PIPESTATUS[0]}"`;
    const ran = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/^@\d+ .*\n0\n$/);
  });

  test.each(["log", "query"])(
    "%s into a pipe that is closed at once ends quietly",
    async (name) => {
      const args = name === "log" ? ["log"] : ["query", "SELECT * FROM v_event", "--format", "csv"];
      const child = startIrqtwin([...args, "--db", db]);
      let stderr = "";
      child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdout?.destroy();
      expect(await ended(child)).toBe(0);
      expect(stderr).toBe("");
    },
  );

  test("without a terminal there is neither colour nor a progress line", () => {
    for (const env of [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "1" }]) {
      const ran = irqtwin(["import", TRACE, "--db", scratch.path(".db")], { env });
      // ESC and carriage return draw and redraw.
      expect(ran.stderr + ran.stdout).not.toMatch(/[\u001b\r]/);
      expect(ran.stderr).toBe("");
    }
    for (const args of [["info"], ["at", "end"], ["log", "-n", "9"]])
      expect(irqtwin([...args, "--db", db]).stdout).not.toContain("\u001b");
  });

  test("$IRQTWIN_DB names the timeline, and --db is stronger", () => {
    const env = { IRQTWIN_DB: db };
    const args = ["at", "end", "--json"];
    expect(irqtwin(args, { env }).stdout).toBe(irqtwin([...args, "--db", db]).stdout);
    const other = scratch.path(".db");
    expect(irqtwin([...args, "--db", other], { env }).stderr).toContain(other);
  });

  test("without either it is irqtwin.db in the folder one is in", () => {
    const cwd = scratch.path("");
    mkdirSync(cwd);
    expect(irqtwin(["import", TRACE], { cwd }).status).toBe(0);
    expect(readdirSync(cwd)).toEqual(["irqtwin.db"]);
    expect(eventsHash(join(cwd, "irqtwin.db"))).toBe(eventsHash(db));
  });

  test("questions leave no file behind and do not change the timeline", () => {
    const cwd = scratch.path("");
    mkdirSync(cwd);
    irqtwin(["import", TRACE, "--db", "t.db"], { cwd });
    const before = spawnSync("sha256sum", ["t.db"], { cwd, encoding: "utf8" }).stdout;
    for (const args of [["info"], ["at", "end"], ["log"], ["query", "SELECT count(*) FROM v_irte"]])
      expect(irqtwin([...args, "--db", "t.db"], { cwd }).status).toBe(0);
    expect(readdirSync(cwd)).toEqual(["t.db"]);
    expect(spawnSync("sha256sum", ["t.db"], { cwd, encoding: "utf8" }).stdout).toBe(before);
  });
});
