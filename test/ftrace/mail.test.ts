// A trace in a mail: in a code block, indented, quoted, quoted and shifted to the left, or encoded.

import { describe, expect, it, test } from "vitest";
import { readEvents, type Read } from "../support/events.js";
import { formatOf, sniff } from "../../src/formats/registry.js";
import { shippedText } from "../support/shipped.js";

const TEXT = shippedText("6.16-m2-mono-standard");
const LINES = TEXT.trimEnd().split("\n");

const each = (change: (line: string) => string): string => `${LINES.map(change).join("\n")}\n`;

const BEFORE = "From: a@example.org\nSubject: lost interrupts\n\nHi all,\n\nhere is the trace:\n\n";
const AFTER = "\nThanks,\nJoe\n";

/** With how many lines of prose around it. */
const FORMS: Readonly<Record<string, readonly [text: string, prose: number]>> = {
  "in a code block": [`${BEFORE}\`\`\`\n${TEXT}\`\`\`\n${AFTER}`, 6],
  indented: [`${BEFORE}${each((line) => `    ${line}`)}${AFTER}`, 6],
  quoted: [`${BEFORE}${each((line) => `> ${line}`)}${AFTER}`, 6],
  "quoted three times": [each((line) => `> > > ${line}`), 0],
  "quoted without a space": [each((line) => `>${line}`), 0],
  "quoted, with empty lines cut": [each((line) => `> ${line}`.trimEnd()), 0],
  "shifted to the left": [each((line) => line.trimStart()), 0],
  "quoted and shifted to the left": [each((line) => `> ${line.trimStart()}`), 0],
  "quoted twice and shifted to the left": [each((line) => `>> ${line.trimStart()}`), 0],
};

/** All but the places of lines. */
function contentOf({ events, returns, gaps, apics, vcpus }: Read): unknown {
  return {
    events: events.map((event) => ({ ...event, line: 0 })),
    returns: returns.map((call) => ({ ...call, line: 0 })),
    ...{ gaps, apics, vcpus },
  };
}

/** The names of tasks. */
function namesIn(text: string): readonly string[] {
  const bytes = Buffer.from(text, "latin1");
  const format = formatOf(bytes);
  const sniffed = format.sniff(bytes, {});
  const { prefix } = sniffed;
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const options = { rules: "6.16", first, prefix, isCounter: false };
  const reader = format.newReader(sniffed, options, () => undefined);
  reader.feed(bytes);
  reader.end();
  return reader.changed.tasks.map(({ comm }) => comm);
}

describe("a trace in a mail", () => {
  const plain = readEvents(Buffer.from(TEXT, "latin1"), "6.16");

  test.each(Object.entries(FORMS))("%s", (_, [text, prose]) => {
    const read = readEvents(Buffer.from(text, "latin1"), "6.16");
    expect(plain.events.length).toBeGreaterThan(1000);
    expect(contentOf(read)).toEqual(contentOf(plain));
    expect(read.rejected).toHaveLength(prose);
    expect(namesIn(text)).toEqual(namesIn(TEXT));
  });

  it("as mail programs encode it is refused, for its values would be read wrongly", () => {
    const encoded = TEXT.replaceAll("=", "=3D").replaceAll(/(.{70})(?=.)/g, "$1=\n");
    expect(() => sniff(Buffer.from(encoded, "latin1"), {})).toThrow(/quoted-printable/);
  });
});
