// A dump of the ring in a kernel's log has the events of the text that the kernel prints elsewhere.

import { describe, expect, it, test } from "vitest";
import { formatOf, sniff } from "../../src/formats/registry.js";
import { readEvents, type Read } from "../support/events.js";
import { ftraceDump, printkFront, type DumpOptions, type Front } from "../support/ftrace-dump.js";
import { contentOf, inMicroseconds, readAs, rulesOf } from "../support/same-recording.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const seconds = (number: number): string =>
  `${Math.floor(number / 1000)}.${String(number % 1000).padStart(6, "0")}`;

/** By who put the text in front. */
const FRONTS: Readonly<Record<string, Front>> = {
  "printk's stamp": printkFront,
  "no stamp": (message) => message,
  "a level": (message, i) => `<${i % 8}>${printkFront(message, i)}`,
  "a level alone": (message) => `<4>${message}`,
  "a caller": (message, i) =>
    `[${seconds(i).padStart(12)}][${i % 2 === 0 ? "  T123" : "    C0"}] ${message}`,
  syslog: (message, i) =>
    `Nov ${String(1 + (i % 28)).padStart(2)} 16:29:17 host kernel: [ ${seconds(i)}] ${message}`,
  "a journal": (message) => `Nov 26 16:29:17 host kernel: ${message}`,
  "a journal with monotonic times": (message, i) => `[ ${seconds(i)}] host kernel: ${message}`,
  "rsyslog's dates": (message) => `2026-11-26T16:29:17.123456+00:00 host kernel: ${message}`,
  "dmesg -T": (message, i) => `[${i % 2 === 0 ? "Thu" : "Fri"} Nov 26 16:29:17 2026] ${message}`,
  "dmesg --time-format iso": (message) => `2026-11-26T16:29:17,123456+00:00 ${message}`,
  "dmesg -e": (message, i) => `[${i % 9 === 0 ? "Nov26 16:29" : "  +0.000123"}] ${message}`,
  "a serial console": (message, i) => `${printkFront(message, i)}\r\r`,
  "quotes of a mail": (message, i) => `> ${printkFront(message, i)}`,
  "a terminal's stamps": (message, i) =>
    `[2026-11-26 16:29:17.${i % 10}] ${printkFront(message, i)}`,
};

const ABOVE = [
  "Linux version 6.1.0-old (a boot before)",
  "Linux version 6.17.13+deb13-amd64 (debian-kernel@lists.debian.org) (gcc)",
  "usb 1-1: new high-speed USB device number 2 using xhci_hcd",
  "sysrq: Dump ftrace buffer",
];
const BELOW = [
  "Kernel Offset: 0x1000000 from 0xffffffff81000000",
  "---[ end Kernel panic - not syncing: Fatal exception ]---",
];

/** The text, where the stamps of a clock in ticks lose nothing, with times in microseconds. */
function plainOf(text: string): string {
  return text.replaceAll(/^#.*\n/gm, "");
}

const isTicks = (text: string): boolean => /\[\d+\] \S+ +\d+: /.test(text);

function contentWithTicks(read: Read, text: string): unknown {
  if (!isTicks(text)) return contentOf(read, inMicroseconds);
  const { events } = read;
  return { ...contentOf(read, inMicroseconds), stamps: events.map(({ rest }) => rest) };
}

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesOf(name);
  const plain = readAs(plainOf(text), rules);
  const own = SHIPPED.indexOf(name);
  const fronts = Object.entries(FRONTS).filter(
    (_, i) => i % SHIPPED.length === own || name === "6.17-s1-one",
  );

  test.each(fronts)("with %s", (_, front) => {
    const options: DumpOptions = { front, above: ABOVE, below: BELOW };
    const log = Buffer.from(ftraceDump(text, options), "latin1");
    expect(sniff(log, {})).toMatchObject({ format: "ftrace dump", kernel: "6.17.13+deb13-amd64" });
    const read = readEvents(log, rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentWithTicks(read, text)).toEqual(contentWithTicks(plain, text));
    expect([...read.names].filter((each) => !plain.names.has(each))).toEqual(["(kernel log)"]);
  });

  test("with events that the ring has lost", () => {
    const place = text.indexOf("\n", text.length / 2) + 1;
    const lossy = `${text.slice(0, place)}CPU:1 [LOST 33 EVENTS]\n${text.slice(place)}`;
    const read = readAs(ftraceDump(lossy), rules);
    expect(read.gaps).toHaveLength(1);
    expect(contentOf(read, inMicroseconds)).toEqual(
      contentOf(readAs(plainOf(lossy), rules), inMicroseconds),
    );
  });
});

describe("a dump", () => {
  const text = shippedText("6.16-m2-mono-standard");
  const dump = ftraceDump(text);

  it("has times since the ring was begun", () => {
    const later = readAs(ftraceDump(text, { begun: 10_000_000n }), "6.16");
    const { events } = readAs(dump, "6.16");
    expect(later.events.map(({ billions }) => billions + 10)).toEqual(
      events.map(({ billions }) => billions),
    );
  });

  it("loses entries of any CPU where printk drops messages", () => {
    const lines = dump.split("\n");
    lines.splice(2000, 12, "[  702.000000] ** 12 printk messages dropped **");
    const read = readAs(lines.join("\n"), "6.16");
    expect(read.rejected).toEqual([]);
    expect(read.gaps.length).toBeGreaterThan(1);
    expect(new Set(read.gaps.map(({ to }) => to)).size).toBe(read.gaps.length);
  });

  it("rejects what stands inside it and is no entry, and counts what stands outside", () => {
    const lines = dump.split("\n");
    lines.splice(100, 0, "[  700.1] BUG: something else");
    lines.push("[  800.000000] usb 1-1: reset", "");
    const read = readAs(lines.join("\n"), "6.16");
    expect(read.rejected).toEqual([101]);
    expect(read.reasons).toEqual(["not an entry of the dump"]);
  });

  it("rejects what is left of an entry, also where the beginning of the dump is missing", () => {
    const whole = dump.split("\n").slice(2);
    const count = readAs(whole.join("\n"), "6.16").events.length;
    const at = whole.findIndex((line) => line.includes("irte_write"));
    const [entry = ""] = whole.slice(at, at + 1);
    for (const cut of [entry.slice(0, 40), entry.replace("us", "uz"), entry.slice(70)]) {
      const damaged = whole.toSpliced(at, 1, cut).join("\n");
      const read = readAs(damaged, "6.16");
      expect(read.rejected).toEqual([at + 1]);
      expect(read.events.length).toBeLessThan(count);
    }
  });

  it("is read where its columns were cut, and of an instance", () => {
    const log = [
      "[  700.100000] Dumping ftrace instance irqtwin buffer:",
      "[  700.100100] ---------------------------------",
      "[  700.100200] vmm-4410      0d..1. 500123us : vector_config: irq=57 vector=44 cpu=0 apicdest=0x00000000",
      "[  700.100300]    vmm-4410      0d.h1. 500150us+: vector_config: irq=58 vector=45 cpu=0 apicdest=0x00000000",
      "[  700.100400] ---------------------------------",
      "",
    ].join("\n");
    const { events, rejected } = readAs(log, "6.17");
    expect(rejected).toEqual([]);
    expect(events.map(({ billions, rest }) => [billions, rest])).toEqual([
      [0, 500_123_000],
      [0, 500_150_000],
    ]);
  });

  it("without entries is refused by its name", () => {
    const log = "[    7.000000] Dumping ftrace buffer:\n[    7.000001]    (ftrace buffer empty)\n";
    expect(formatOf(Buffer.from(log)).name).toBe("ftrace");
    expect(() => sniff(Buffer.from(log), {})).toThrow(/ftrace_dump.*no entry/s);
  });
});

test("a second dump in the log comes after a gap: tracing was off in between", () => {
  const lines = shippedText("6.17-s1-one").trimEnd().split("\n");
  const [first, second] = [lines.slice(0, 1100), lines.slice(1400)].map((part, i) =>
    ftraceDump(`${part.join("\n")}\n`, {
      front: (message, number) => printkFront(message, number + 10_000 * i),
    }),
  );
  const whole = readAs(ftraceDump(`${lines.join("\n")}\n`), "6.17");
  const { gaps, events, rejected } = readAs(`${first ?? ""}${second ?? ""}`, "6.17");
  expect(whole.gaps).toEqual([]);
  expect(gaps.length).toBeGreaterThan(1);
  expect(rejected).toEqual([]);
  expect(events.length).toBeLessThan(whole.events.length);
});
