// What a redacted recording is asked, by whatever way, names nobody: of a trace.dat, whose tasks, pids and host stand in
// tables and options of the file, and of a text.

import { beforeAll, describe, expect, it } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { served, type Served } from "../../serve/running.js";
import { rowsOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import {
  expectNothingOf,
  expectUntold,
  HOST,
  namedLines,
  originals,
  type Originals,
} from "../../support/named-host.js";
import { Scratch } from "../../support/scratch.js";
import { traceDat } from "../../support/trace-dat/index.js";

const scratch = new Scratch();
const NAME = "6.16-m2-mono-standard";
const RELEASE = "6.16.12-amd64";
/** Options of a trace.dat that name a host's or a guest's processes: uname, procmaps, guest. */
const OPTIONS = [
  [5, Buffer.from(`Linux ${HOST} ${RELEASE} x86_64\0`)],
  [11, Buffer.from("bd1 2 /usr/bin/acme_exporter\n1000 2000 /usr/bin/acme_exporter\n\0")],
  [15, Buffer.from("guest-of-acme\0")],
] as const;

function withMarker(lines: readonly string[]): string {
  const events = lines.filter((line) => !line.startsWith("#"));
  const [stamp = ""] = /\[\d{3}\] .{4,8} +\d+\.\d+: /.exec(events.at(-1) ?? "") ?? [];
  const marker = `   acme_exporter-3111111 ${stamp}tracing_mark_write: note to myself`;
  return `${[...events, marker].join("\n")}\n`;
}

const text = withMarker(namedLines(NAME));
const FILES = {
  "a trace.dat": [
    ".trace.dat",
    traceDat(text, { version: 7, compression: "zlib", options: OPTIONS }),
  ],
  "a text": ["-of-anvil.txt", Buffer.from(text)],
} as const;

/** What the command line is asked. */
const QUESTIONS = [
  ...["info", "info --json", "at end", "at end --json", "at start --json", "log --json", "log -p"],
  ...["check", "check --json", "check --format junit", "check --format tap", "explain F1"],
  ...["explain F1 --format mail", "explain F1 --json", "diff start end --json", "verify --json"],
  ...["audit", "rules --json", "first I10", "schema"],
].map((line) => line.split(" "));

/** Integers beyond 2^53 as text. */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;

const ROUTES = [
  ...["timeline", "schema", "cookbook", "r/1/start", "r/1/info", "r/1/lanes", "r/1/events"],
  ...["r/1/findings", "r/1/findings/F1", "r/1/at?when=end", "r/1/moment?when=end", "r/1/audit"],
  ...["r/1/overview", "r/1/counters", "r/1/last-changes", "r/1/diff?from=start&to=end"],
  ...["r/1/capture"],
];

describe.each(Object.keys(FILES) as (keyof typeof FILES)[])("%s, redacted", (kind) => {
  let secrets: Originals;
  let server: Served;
  let rewound: string;

  beforeAll(async () => {
    const [suffix, content] = FILES[kind];
    const file = scratch.file(suffix, content);
    const plain = await openTimeline(scratch.path(".db"), { create: true });
    await plain.import(file, { kernel: RELEASE });
    rewound = scratch.path(".db");
    await plain.recording().rewind({ to: rewound, redact: true });
    secrets = originals(plain.file);
    plain.close();
    server = await served(scratch);
    await server.timeline.import(file, { redact: true });
    server.timeline.recording().check();
  });

  it("has none of them in its bytes, nor has a redacted rewind", () => {
    expect(secrets.pids.length).toBeGreaterThan(6);
    expect(secrets.texts.length).toBeGreaterThan(10);
    expectNothingOf(secrets, server.db);
    expectNothingOf(secrets, rewound);
    const kernel = "SELECT kernel FROM recording";
    if (kind === "a trace.dat") expect(rowsOf(server.db, kernel)).toEqual([[RELEASE]]);
  });

  it("tells none of them to SQL", () => {
    const views = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";
    for (const [name] of rowsOf(server.db, views)) {
      const sql = `SELECT * FROM "${String(name)}"`;
      // Any client reads the views: a process for each of them would take half a minute.
      const rows = rowsOf(server.db, sql);
      expectUntold(secrets, JSON.stringify(rows, plain), sql);
    }
  });

  it("tells none of them on the command line", () => {
    const [[irte] = []] = rowsOf(server.db, "SELECT irte FROM v_irte LIMIT 1");
    for (const question of [...QUESTIONS, ["blame", String(irte)]]) {
      const { status, stdout, stderr } = irqtwin([...question, "--db", server.db]);
      expect([0, 1, 4], `${question.join(" ")}: ${stderr}`).toContain(status);
      expectUntold(secrets, stdout + stderr, question.join(" "));
    }
  });

  it("tells none of them to the page", async () => {
    for (const route of ROUTES) {
      const answer = await server.ask(`/api/${route}`);
      const body = await answer.text();
      expect(answer.status, `${route}: ${body.slice(0, 200)}`).toBe(200);
      expectUntold(secrets, body, route);
    }
  });
});
