// A trace that begins in the middle of what tasks do, below a header that counts all of its lines: no event has a cause that
// the whole trace contradicts, wherever it begins.

import { describe, expect, it } from "vitest";
import { causeName } from "../../../src/domain/events/causes.js";
import { kindName } from "../../../src/domain/events/kinds.js";
import { readEvents } from "../../support/events.js";
import { shippedLines } from "../../support/shipped.js";

/** As many lines are read from each beginning, and as many beginnings follow each other. */
const READ = 60;
const SPAN = 90;

function counted(header: readonly string[], lines: readonly string[]): Buffer {
  const counts = header.map((line) =>
    line.replace(/(entries-written:) \d+\/\d+/, `$1 ${lines.length}/${lines.length}`),
  );
  return Buffer.from(`${[...counts, ...lines].join("\n")}\n`, "latin1");
}

describe.each(["6.12-s2-two", "6.16-s1-one", "6.17-s1-one", "7.3-s2-two"])("%s", (name) => {
  const lines = shippedLines(name);
  const head = lines.findIndex((line) => !line.startsWith("#"));
  const header = lines.slice(0, head);
  const whole = readEvents(counted(header, lines.slice(head)));
  const causeAt = new Map(whole.events.map(({ line, kind, cause }) => [`${line} ${kind}`, cause]));

  function wrongCauses(cut: number): readonly string[] {
    const part = readEvents(counted(header, lines.slice(cut, cut + READ)), whole.rules);
    return part.events.flatMap(({ line, kind, cause }) => {
      const right = causeAt.get(`${line - head + cut} ${kind}`);
      const isWrong = cause !== null && right !== undefined && right !== cause;
      return isWrong
        ? [
            `from line ${cut + 1}: ${kindName(kind)}, ${causeName(cause) ?? ""} for ${causeName(right) ?? ""}`,
          ]
        : [];
    });
  }

  it.each([" ir_activate: ", " avic_blocking: ", " avic_unblocking: ", " avic_refresh: "])(
    "begun anywhere around%s",
    (function_) => {
      const first = lines.findIndex((line) => line.includes(function_));
      const from = Math.max(head, first - SPAN / 2);
      const cuts = first < 0 ? [] : Array.from({ length: SPAN }, (_, i) => from + i);
      expect(cuts.flatMap(wrongCauses)).toEqual([]);
    },
  );
});
