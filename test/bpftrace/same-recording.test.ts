// The same recording as bpftrace prints it: the events, their causes and the verdicts about writes are those of the lines
// that the script can print.

import { describe, expect, it, test } from "vitest";
import { KIND, kindName } from "../../src/domain/events/kinds.js";
import { formatOf, sniff } from "../../src/formats/registry.js";
import { bpftraceJson, carried } from "../support/bpftrace-json.js";
import { type Read } from "../support/events.js";
import { contentOf, readAs, rulesOf, withoutFlags } from "../support/same-recording.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesOf(name);

  test("has the same events", () => {
    const printed = bpftraceJson(text, "6.17.13+deb13-amd64");
    const head = Buffer.from(printed, "latin1");
    expect(sniff(head, {})).toMatchObject({ format: "bpftrace", kernel: "6.17.13+deb13-amd64" });
    const plain = readAs(carried(text), rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentOf(readAs(printed, rules))).toEqual(contentOf(plain));
  });

  test("has all kinds of events but markers", () => {
    const kindsIn = (read: Read): Set<string> =>
      new Set(read.events.map(({ kind }) => kindName(kind)));
    const kinds = kindsIn(readAs(withoutFlags(text), rules));
    kinds.delete("marker");
    expect(kindsIn(readAs(bpftraceJson(text), rules))).toEqual(kinds);
  });
});

describe("the JSON of bpftrace", () => {
  const text = shippedText("6.17-s1-one");

  it("with lost events has a gap of each CPU, for it does not say of which one they were", () => {
    const place = text.indexOf("\n", text.length / 2) + 1;
    const lossy = `${text.slice(0, place)}CPU:1 [LOST 33 EVENTS]\n${text.slice(place)}`;
    const { events, gaps, rejected } = readAs(bpftraceJson(lossy), "6.17");
    const cpus = events.filter(({ kind }) => kind === KIND.events_lost).map(({ cpu }) => cpu);
    expect(rejected).toEqual([]);
    expect(cpus.length).toBeGreaterThan(1);
    expect(new Set(cpus).size).toBe(cpus.length);
    expect(gaps).toHaveLength(cpus.length);
  });

  it("is the same with the line breaks of Windows", () => {
    const printed = bpftraceJson(text);
    const other = printed.replaceAll("\n", "\r\n");
    expect(sniff(Buffer.from(other, "latin1"), {}).format).toBe("bpftrace");
    expect(contentOf(readAs(other, "6.17"))).toEqual(contentOf(readAs(printed, "6.17")));
  });

  it.each([
    ["quoted in a mail", (line: string) => `> ${line}`],
    ["quoted twice", (line: string) => `>> ${line}`],
    ["indented", (line: string) => `    ${line}`],
    ["with numbers of lines", (line: string, i: number) => `${i + 1}:${line}`],
    ["with a file's name", (line: string) => `trace.json:${line}`],
  ])("is the same %s", (_, front) => {
    const printed = bpftraceJson(text, "6.17.13+deb13-amd64");
    const lines = printed.trimEnd().split("\n");
    const other = `${lines.map(front).join("\n")}\n`;
    expect(sniff(Buffer.from(other, "latin1"), {})).toMatchObject({
      format: "bpftrace",
      kernel: "6.17.13+deb13-amd64",
    });
    expect(contentOf(readAs(other, "6.17"))).toEqual(contentOf(readAs(printed, "6.17")));
  });

  it("is refused by what is wrong where its first lines have different text in front", () => {
    const lines = bpftraceJson(text).trimEnd().split("\n");
    const other = lines.map((line, i) => `${"x".repeat(1 + (i % 3))} ${line}`).join("\n");
    expect(() => sniff(Buffer.from(`${other}\n`, "latin1"), {})).toThrow(/not all lines have text/);
  });

  it("in a marker of ftrace's text makes no JSON of the text", () => {
    const marker = `             vmm-77      [000] .....     1.000001: tracing_mark_write: {"type": "map", "data": 1}\n`;
    expect(formatOf(Buffer.from(marker, "latin1")).name).toBe("ftrace");
    expect(formatOf(Buffer.from(`> ${marker}`, "latin1")).name).toBe("ftrace");
  });

  it("names a task as it is called, whatever it is called", () => {
    const name = 'a"b\\c\té';
    const comm = Buffer.from(name).toString("latin1").padStart(16);
    const line = `${comm}-77      [000] .....     1.000001: vector_config: irq=1 vector=2 cpu=0 apicdest=0x0`;
    const log = Buffer.from(bpftraceJson(`${line}\n`), "latin1");
    const format = formatOf(log);
    const sniffed = format.sniff(log, { rules: "6.17" });
    const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
    const reader = format.newReader(
      sniffed,
      { rules: "6.17", first, isCounter: false },
      () => undefined,
    );
    reader.feed(log);
    reader.end();
    expect(reader.changed.tasks.map((task) => task.comm)).toEqual([name]);
  });

  it("counts other types of lines, and rejects other text", () => {
    const printed = bpftraceJson(text);
    const more = [
      '{"type": "map", "data": {"@loaded": {"0": 0}}}',
      "record.bt:7:3: WARNING: something",
      "Lost 12 events",
      '{"type": "printf", "data": "hello\\n"}',
      '{"type": "printf", "data": "     a-1     [000] 1.0: irte_wri',
      "",
    ];
    const read = readAs(printed + more.join("\n"), "6.17");
    expect(read.rejected).toHaveLength(2);
    expect(read.gaps.length).toBeGreaterThan(0);
    expect([...read.names]).toContain("(bpftrace)");
  });

  it("of another script is refused by its name", () => {
    const other =
      '{"type": "attached_probes", "data": {"probes": 1}}\n{"type": "printf", "data": "x\\n"}\n';
    expect(() => sniff(Buffer.from(other), {})).toThrow(/another bpftrace script/);
  });
});
