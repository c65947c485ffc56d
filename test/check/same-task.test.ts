// A task is its pid: a name that ftrace has forgotten, or a flag that a breakpoint probe sets, does not make
// another task of it.

import { describe, expect, it } from "vitest";
import { checked, readEvents } from "../support/events.js";
import { randomOf } from "../support/random.js";
import { shippedText } from "../support/shipped.js";

const TRACES = ["6.12-s2-two", "6.17-s1-one", "7.3-s2-two"];
const SEED = 20261125;

const bytesOf = (name: string): Buffer => Buffer.from(shippedText(name), "latin1");

/** The trace with some of its event lines changed. */
function changed(name: string, share: number, change: (line: string) => string): Buffer {
  const random = randomOf(SEED);
  const lines = shippedText(name).split("\n");
  const text = lines.map((line) =>
    line.startsWith("#") || random() >= share ? line : change(line),
  );
  return Buffer.from(text.join("\n"), "latin1");
}

const nameless = (line: string): string =>
  line.replace(/^ *\S.*?-(?=[1-9]\d* +\[)/, "           <...>-");
const breakpoint = (line: string): string => line.replace(/(\] [^ ]{2})\.(?=[^ ]{2,3} )/, "$1Z");

describe.each(TRACES)("%s", (name) => {
  const whole = checked(readEvents(bytesOf(name))).checker;

  it.each([0.01, 0.3, 1])("with %d of its names forgotten is judged as it is", (share) => {
    const bytes = changed(name, share, nameless);
    expect(bytes.equals(bytesOf(name))).toBe(false);
    const { checker } = checked(readEvents(bytes));
    expect(checker.counts).toEqual(whole.counts);
    expect(checker.findings.length).toBe(whole.findings.length);
  });

  it("with probes that are breakpoints is judged as it is", () => {
    const bytes = changed(name, 0.3, breakpoint);
    expect(bytes.includes("Z")).toBe(true);
    expect(checked(readEvents(bytes)).checker.counts).toEqual(whole.counts);
  });
});
