// What `trace-cmd report` prints of a recording has the events of the text that the kernel printed: in the words of its
// plugins, without them, with the fields in the place of the text, and with the time since the line above.

import { describe, expect, test } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { isRulesId, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { formatOf } from "../../src/formats/registry.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { HAS_TRACE_CMD, reported } from "../support/trace-cmd.js";

const scratch = new Scratch();

const FORMS: readonly (readonly string[])[] = [
  ...[[], ["-N"], ["-t"], ["--ts-diff"], ["-R"]],
  ...[["-l"], ["-l", "-t"], ["-l", "-R"]],
];

function rulesOf(name: string): RulesId {
  const [rules = ""] = name.split("-");
  if (!isRulesId(rules)) throw new Error(`${name} does not begin with rules`);
  return rules;
}

function clockOf(text: string): string {
  return /\[\d+\] \S+ +\d+: /.test(text) ? "x86-tsc" : "mono";
}

/** With -R the mode of an MSI is cut off. */
function comparable(event: TwinEvent, isRaw: boolean): unknown {
  const { rest, kind } = event;
  const mode = isRaw && kind === KIND.irqfd_msi ? { c: null } : {};
  return { ...event, line: 0, rest: rest - (rest % 1000), ...mode };
}

/** All but the places of lines, and the digits of a time that the text does not have. */
function contentOf(read: Read, isRaw: boolean): unknown {
  const { events, returns, reasons, gaps, apics, vcpus } = read;
  const verdicts = [...checked(read).decided].map(([{ seq }, verdict]) => [seq, verdict]);
  const ended = returns.map((each) => ({ ...each, line: 0 }));
  const told = events.map((event) => comparable(event, isRaw));
  return { events: told, ended, reasons, gaps, apics, vcpus, verdicts };
}

function read(text: string, rules: RulesId): Read {
  return readEvents(Buffer.from(text, "latin1"), rules);
}

/** With a marker in front of a line of CPU 1, where a page of the ring has it. */
function withLoss(text: string): string {
  const lines = text.split("\n");
  const middle = Math.floor(lines.length / 2);
  const next = lines.findIndex((line, i) => i >= middle && line.includes("[001]"));
  lines.splice(next, 0, "CPU:1 [LOST 33 EVENTS]");
  return lines.join("\n");
}

describe.runIf(HAS_TRACE_CMD).each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesOf(name);
  const clock = clockOf(text);
  const own = SHIPPED.indexOf(name) % FORMS.length;
  const forms = name === "6.17-s1-one" ? FORMS : FORMS.filter((_, i) => i === own);

  test.each(forms.map((form) => [form.join(" "), form] as const))("report %s", (_, form) => {
    const isRaw = form.includes("-R");
    const printed = reported(scratch, text, form, { clock });
    const format = form.includes("-l") ? "trace-cmd report -l" : "ftrace";
    expect(formatOf(Buffer.from(printed)).name).toBe(format);
    const plain = read(text, rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentOf(read(printed, rules), isRaw)).toEqual(contentOf(plain, isRaw));
  });

  test("with events that the ring has lost", () => {
    const lossy = withLoss(text);
    const printed = reported(scratch, lossy, [], { clock });
    expect(printed).toContain("CPU:1 [33 EVENTS DROPPED]");
    const other = read(printed, rules);
    expect(other.gaps).toHaveLength(1);
    expect(contentOf(other, false)).toEqual(contentOf(read(lossy, rules), false));
  });
});
