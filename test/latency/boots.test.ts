// A log that goes on with another boot, one that lacks messages, and one whose head is gone.

import { describe, expect, it, test } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { formatOf, sniff } from "../../src/formats/registry.js";
import { addsUp, readDamagedText } from "../support/damaged-text.js";
import { ftraceDump, printkFront, type Front } from "../support/ftrace-dump.js";
import { contentOf, readAs } from "../support/same-recording.js";
import { shippedLines, shippedText } from "../support/shipped.js";

const ENTRIES = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
const part = (from: number, to: number): string => `${ENTRIES.slice(from, to).join("\n")}\n`;

/** A log whose first stamp is at `begin` seconds. */
const frontFrom =
  (begin: number): Front =>
  (message, number) =>
    `[${String(begin + Math.floor(number / 1000)).padStart(5)}.${String(number % 1000).padStart(6, "0")}] ${message}`;

const FIRST = ftraceDump(part(0, 900), { above: ["Linux version 6.16.12 (one)"] });

describe("the log of another boot", () => {
  const alone = readAs(FIRST, "6.16");
  const begun = 10_000_000n;
  const options = { begun, front: frontFrom(5) };
  const second = ftraceDump(part(1000, 1400), options);
  const headless = second.split("\n").slice(2).join("\n");
  const bare: Front = (message) => message;
  const unstamped = ftraceDump(part(0, 900), { front: bare });

  it.each([
    ["with its first message", `${FIRST}[    0.000000] Linux version 6.17.13 (two)\n${second}`],
    ["whose stamps begin anew", `${FIRST}${second}`],
    ["of which a dump without its head is all", FIRST + headless],
    [
      "that journalctl sets off",
      `${FIRST}-- Boot 0123456789abcdef0123456789abcdef --\n${ftraceDump(part(1000, 1400))}`,
    ],
    ["that an old journalctl sets off", `${FIRST}-- Reboot --\n${ftraceDump(part(1000, 1400))}`],
  ])("%s is not read into the recording", (_, log) => {
    const read = readAs(log, "6.16");
    const ofFirst = alone.events.filter(({ kind }) => kind !== KIND.events_lost);
    expect(read.events.filter(({ kind }) => kind !== KIND.events_lost)).toEqual(ofFirst);
    expect(read.names).toContain("(another boot)");
    // An entry whose stamp is far before may be one that was damaged.
    expect(read.rejected).toHaveLength(log === FIRST + headless ? 1 : 0);
    expect(addsUp(Buffer.from(log, "latin1"), readDamagedText(Buffer.from(log, "latin1")))).toBe(
      true,
    );
    expect(sniff(Buffer.from(log, "latin1"), {}).kernel).toBe("6.16.12");
  });

  it("does not name the release of the dump before, whose head is gone", () => {
    const cut = FIRST.split("\n").slice(3).join("\n");
    const log = Buffer.from(`${cut}[    0.000000] Linux version 6.12.1 (two)\n${second}`, "latin1");
    // A marker in the dump names it.
    expect(sniff(log, {}).kernel).toBe("6.16.12+deb13-amd64");
  });

  it("without stamps or a head comes after a gap, because the entries' times begin anew", () => {
    const later = ftraceDump(part(1000, 1400), { ...options, front: bare })
      .split("\n")
      .slice(2);
    const read = readAs(`${unstamped}${later.join("\n")}`, "6.16");
    const lost = read.events.filter(({ kind }) => kind === KIND.events_lost);
    expect(new Set(lost.map(({ cpu }) => cpu)).size).toBe(lost.length);
    expect(lost.length).toBeGreaterThan(1);
  });

  it("is not seen in one stamp that is damaged, whichever way", () => {
    for (const stamp of ["[  200.000500]", "[97000.000500]"]) {
      const lines = FIRST.split("\n");
      lines[500] = (lines[500] ?? "").replace(/^\[ *\d+\.\d+\]/, stamp);
      const read = readAs(lines.join("\n"), "6.16");
      expect(read.names).not.toContain("(another boot)");
      const isBack = stamp.includes("200");
      expect(read.rejected).toEqual(isBack ? [501] : []);
      expect(read.events.at(-1)?.line).toBe(alone.events.at(-1)?.line);
      if (!isBack) expect(read.events).toEqual(alone.events);
    }
  });

  it("above the dump is no end of it", () => {
    const log = `${frontFrom(600)("usb 1-1: reset", 1)}\n[    0.000000] Linux version 6.16.12 (two)\n${ftraceDump(part(0, 900), { front: frontFrom(30) })}`;
    expect(readAs(log, "6.16").events).toHaveLength(alone.events.length);
  });
});

describe("a dump of which messages are missing", () => {
  test.each([
    ["printk", printkFront("** 12 printk messages dropped **", 1)],
    ["an old printk", printkFront("printk: 12 messages dropped.", 1)],
    ["an old printk that suppresses", printkFront("printk: 12 messages suppressed.", 1)],
    [
      "journald in the kernel's log",
      printkFront("systemd-journald[345]: Missed 12 kernel messages", 1),
    ],
    [
      "journald in a journal",
      "Nov 26 16:29:17 host systemd-journald[345]: Missed 12 kernel messages",
    ],
    [
      "journald by its old name",
      "Nov 26 16:29:17 host systemd-journal[345]: Missed 12 kernel messages",
    ],
    [
      "rsyslog",
      "Nov 26 16:29:17 host rsyslogd: imjournal: 12 messages lost due to rate-limiting (20000 allowed within 600 seconds)",
    ],
  ])("has a gap of every CPU where %s says so", (_, message) => {
    const isJournal = message.startsWith("Nov");
    const front: Front = isJournal ? (text) => `Nov 26 16:29:17 host kernel: ${text}` : printkFront;
    const lines = ftraceDump(part(0, 900), { front }).split("\n");
    lines.splice(400, 12, message);
    const read = readAs(lines.join("\n"), "6.16");
    expect(read.rejected).toEqual([]);
    expect(read.gaps.length).toBeGreaterThan(1);
    expect(new Set(read.gaps.map(({ to }) => to)).size).toBe(read.gaps.length);
  });
});

describe("a dump in ticks of a counter clock", () => {
  const text = shippedText("6.17-s1-one");
  const fronts: Readonly<Record<string, Front>> = {
    "printk's stamps": printkFront,
    "a journal": (message) => `Nov 26 16:29:17 host kernel: ${message}`,
    "a level": (message) => `<4>${message}`,
    quotes: (message, i) => `> ${printkFront(message, i)}`,
  };

  it.each(Object.entries(fronts))("whose head is gone is known by %s", (_, front) => {
    const whole = ftraceDump(text, { front });
    const cut = `${whole.split("\n").slice(2, -2).join("\n")}\n`;
    expect(formatOf(Buffer.from(cut, "latin1")).name).toBe("ftrace dump");
    expect(contentOf(readAs(cut, "6.17"))).toEqual(contentOf(readAs(whole, "6.17")));
  });

  it("whose head is gone is known by the row of dashes at its end", () => {
    const whole = ftraceDump(text, { front: (message) => message });
    const cut = whole.split("\n").slice(2).join("\n");
    expect(formatOf(Buffer.from(cut, "latin1")).name).toBe("ftrace dump");
  });
});
