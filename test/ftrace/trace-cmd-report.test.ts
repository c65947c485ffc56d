// What `trace-cmd report` prints of a recording has the events of the text that the kernel printed: in the words of its
// plugins, without them, with the fields in the place of the text, and with the time since the line above.

import { describe, expect, test } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { formatOf } from "../../src/formats/registry.js";
import { Scratch } from "../support/scratch.js";
import {
  contentOf,
  inMicroseconds,
  readAs,
  rulesOf,
  withoutFlags,
} from "../support/same-recording.js";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { HAS_TRACE_CMD, reported } from "../support/trace-cmd.js";

const scratch = new Scratch();

const FORMS: readonly (readonly string[])[] = [
  ...[[], ["-N"], ["-t"], ["--ts-diff"], ["-R"]],
  ...[["-l"], ["-l", "-t"], ["-l", "-R"]],
];

function clockOf(text: string): string {
  return /\[\d+\] \S+ +\d+: /.test(text) ? "x86-tsc" : "mono";
}

/** With -R the mode of an MSI is cut off. */
const comparable =
  (isRaw: boolean) =>
  (event: TwinEvent): TwinEvent => {
    const isMsi = event.kind === KIND.irqfd_msi || event.kind === KIND.msi_sent;
    const mode = isRaw && isMsi ? { c: null } : {};
    return { ...inMicroseconds(event), ...mode };
  };

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
    const told = comparable(form.includes("-R"));
    const printed = reported(scratch, text, form, { clock });
    const format = form.includes("-l") ? "trace-cmd report -l" : "ftrace";
    expect(formatOf(Buffer.from(printed)).name).toBe(format);
    const plain = readAs(form.includes("-l") ? text : withoutFlags(text), rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentOf(readAs(printed, rules), told)).toEqual(contentOf(plain, told));
  });

  test("with events that the ring has lost", () => {
    const lossy = withLoss(text);
    const printed = reported(scratch, lossy, [], { clock });
    expect(printed).toContain("CPU:1 [33 EVENTS DROPPED]");
    const other = readAs(printed, rules);
    expect(other.gaps).toHaveLength(1);
    expect(contentOf(other, inMicroseconds)).toEqual(
      contentOf(readAs(withoutFlags(lossy), rules), inMicroseconds),
    );
  });
});
