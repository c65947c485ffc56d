// A line that cannot be read may be the entry of a function or its return: what a task does below it has no cause that it
// may not have.

import { describe, expect, test } from "vitest";
import { KIND } from "../../../src/domain/events/kinds.js";
import { readEvents, type Read } from "../../support/events.js";
import { shippedLines } from "../../support/shipped.js";

const LINES = shippedLines("6.17-s1-one");
const whole = readEvents(Buffer.from(`${LINES.join("\n")}\n`, "latin1"), "6.17");
const writes = whole.events.filter(
  ({ kind, cause }) => kind === KIND.irte_written && cause !== null,
);

function withLine(at: number, line: string): Read {
  const lines = LINES.toSpliced(at - 1, 0, line);
  return readEvents(Buffer.from(`${lines.join("\n")}\n`, "latin1"), "6.17");
}

describe.each([
  ["that is cut in its front", (line: string) => line.slice(0, 30)],
  ["that is cut in its name", (line: string) => line.replace(/: irte_write.*/, ": irte_wri")],
  ["whose value is damaged", (line: string) => line.replace(/ lo=0x/, " lo=0y")],
  ["that holds two", (line: string) => line + line],
])("above a write, a line %s", (_, damage) => {
  test("takes its cause, and not that of all writes below", () => {
    expect(writes.length).toBeGreaterThan(20);
    let known = 0;
    for (const write of writes.filter((_write, i) => i % 12 === 5)) {
      const { events, rejected } = withLine(write.line, damage(LINES[write.line - 1] ?? ""));
      expect(rejected).toEqual([write.line]);
      const same = events.find(({ line }) => line === write.line + 1);
      expect(same).toMatchObject({ kind: KIND.irte_written, cause: null, cause_seq: null });
      const below = events.filter(
        ({ kind, line }) => kind === KIND.irte_written && line > write.line,
      );
      known += below.filter(({ cause }) => cause !== null).length;
      const causes = new Map(writes.map(({ line, cause }) => [line + 1, cause]));
      for (const { line, cause } of below) if (cause !== null) expect(cause).toBe(causes.get(line));
    }
    expect(known).toBeGreaterThan(10);
  });
});
