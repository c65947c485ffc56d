// Traces with the colours of a terminal say what they say without them.

import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openTimeline, type ImportOptions, type ImportSource } from "../../../src/index.js";
import { contentOf, rowsOf } from "../../support/content.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { ftraceDump, printkFront } from "../../support/ftrace-dump.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";
const TEXT = shippedText(NAME);
const ESC = "\u001b";

/** All lines, with words in colour as `grep` prints them. */
function coloured(text: string, words: string, ...options: readonly string[]): Buffer {
  const args = ["--color=always", ...options, "-E", `${words}|$`];
  const env = { ...process.env, GREP_COLORS: "" };
  const { stdout, status } = spawnSync("grep", args, { input: Buffer.from(text, "latin1"), env });
  expect(status).toBe(0);
  expect(stdout.includes(ESC)).toBe(true);
  return stdout;
}

async function imported(source: ImportSource, options: ImportOptions = {}): Promise<string> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(source, options);
  timeline.close();
  return db;
}

async function contentWith(
  source: ImportSource,
  options?: ImportOptions,
): Promise<ReturnType<typeof contentOf>> {
  return contentOf(await imported(source, options));
}

describe("a trace that grep has coloured", () => {
  test.each(["kvm", "irte|piwl", "\\[00[01]\\]|[0-9]+: ", "vcpu|:|#|-|=0x", " +[a-z]"])(
    "by the words %s has the same content",
    async (words) => {
      const plain = await contentWith(scratch.file(".txt", Buffer.from(TEXT, "latin1")));
      const file = scratch.file(".txt", coloured(TEXT, words));
      expect(await contentWith(file)).toEqual(plain);
    },
  );

  test("has it compressed, in bytes that come one by one, and with the numbers of lines", async () => {
    const text = TEXT.split("\n").slice(0, 400).join("\n") + "\n";
    const bytes = coloured(text, "kvm|irte|vcpu");
    const plain = await contentWith(Buffer.from(text, "latin1"));
    expect(await contentWith(gzipSync(bytes))).toEqual(plain);
    const drops = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await contentWith(Readable.from(drops))).toEqual(plain);
    const numbered = await contentWith(coloured(text, "kvm|irte|vcpu", "-n"));
    expect(numbered["events"]).toEqual(plain["events"]);
  });

  test("has it where its lines are put in order", async () => {
    const parts = textOf(byCpu(shippedLines(NAME), true));
    const plain = await contentWith(scratch.file(".txt", Buffer.from(parts, "latin1")));
    const file = scratch.file(".txt", coloured(parts, "kvm|irte"));
    expect(await contentWith(file)).toEqual(plain);
  });

  test("is quoted and searched without colours", async () => {
    const file = scratch.file(".txt", coloured(TEXT, "modify_irte|kvm"));
    const db = await imported(file);
    const found = irqtwin(["log", "--grep", "modify_irte_ga", "-n", "2", "--db", db]);
    expect(found.stdout.split("\n").length).toBe(3);
    const timeline = await openTimeline(db, { readonly: true });
    const { total } = await timeline.recording().logPage({ grep: ESC });
    timeline.close();
    expect(total).toBe(0);
  });
});

test("the kernel's log, as dmesg and journalctl colour it, has the same content", async () => {
  const plain = await contentWith(Buffer.from(ftraceDump(TEXT, { front: printkFront })));
  const dmesg = ftraceDump(TEXT, {
    front: (message, number) => {
      const [subject = "", rest = ""] = message.split(/(?<=: )(.*)/s);
      const stamp = `${ESC}[32m${printkFront("", number)}${ESC}[0m`;
      return `${stamp}${ESC}[33m${subject}${ESC}[0m${rest}`;
    },
  });
  expect(await contentWith(Buffer.from(dmesg))).toEqual(plain);
  const journal = (front: string, end: string): Buffer =>
    Buffer.from(
      ftraceDump(TEXT, {
        front: (message) => `Nov 26 16:29:17 host kernel: ${front}${message}${end}`,
      }),
    );
  expect(await contentWith(journal(`${ESC}[0;1;39m`, `${ESC}[0m`))).toEqual(
    await contentWith(journal("", "")),
  );
});

describe("what is no colour", () => {
  const lines = TEXT.split("\n");
  const last = lines.findLastIndex((line) => line.includes("tracing_mark_write"));

  /** The trace with a text at the end of its last marker. */
  const noting = (text: string): Buffer =>
    Buffer.from(lines.with(last, `${lines[last] ?? ""}${text}`).join("\n"), "latin1");

  test("stays in a marker, and reaches no terminal", async () => {
    expect(last).toBeGreaterThan(0);
    const hostile = `${ESC}[2J${ESC}]0;title\u0007${ESC}[31mred${ESC}[0m${ESC}[`;
    const db = await imported(noting(hostile));
    const [[text] = []] = rowsOf(db, "SELECT text FROM marker ORDER BY seq DESC LIMIT 1");
    expect(String(text)).toMatch(new RegExp(`\\u001b\\[2J\\u001b\\]0;title\\u0007red\\u001b\\[$`));
    const { stdout } = irqtwin(["log", "--kind", "marker", "-n", "1", "--db", db]);
    expect(stdout).toContain("\\x1b[2J");
    expect(stdout).not.toContain(ESC);
  });

  test("is a sequence without an end", async () => {
    const long = `${ESC}[${"1;".repeat(60)}m`;
    const db = await imported(noting(long));
    const [[text] = []] = rowsOf(db, "SELECT text FROM marker ORDER BY seq DESC LIMIT 1");
    expect(String(text).endsWith(long)).toBe(true);
  });

  test("is the name of a task that has one: its events are there", async () => {
    const named = Buffer.from(TEXT.replaceAll("      piwl-", `${ESC}[1mab${ESC}[m-`), "latin1");
    const [plain, db] = [await imported(Buffer.from(TEXT, "latin1")), await imported(named)];
    const events = "SELECT seq, time_ns, kind, cause, irte, vcpu_id FROM v_event";
    expect(rowsOf(db, events)).toEqual(rowsOf(plain, events));
  });
});
