// The same recording as another kernel or program prints it: with more columns of flags, or in the words of
// `trace-cmd report`. The events are the same.

import { describe, expect, test } from "vitest";
import { readText, type ReadText } from "../support/ftrace-text.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

/** What is in front of the flags, the five flags, and the stamp and name after them. */
const LINE = /^(.{16}-\d+ +\[\d+\] )(.)(.)(.)(.)(.)( +[\d.]+: )(\w+: )(.*)$/gm;

/** The header of a PREEMPT_RT kernel before 6.12. */
const RT_HEADER = [
  "#                                _-------=> irqs-off/BH-disabled",
  "#                               / _------=> need-resched",
  "#                              | / _-----=> need-resched-lazy",
  "#                              || / _----=> hardirq/softirq",
  "#                              ||| / _---=> preempt-depth",
  "#                              |||| / _--=> preempt-lazy-depth",
  "#                              ||||| / _-=> migrate-disable",
  "#                              |||||| /     delay",
].join("\n");

const COLUMNS = /^# +_-----=> irqs-off[^]*?\n# +\|+ \/ +delay$/m;

function withSevenFlags(text: string): string {
  return text.replace(COLUMNS, RT_HEADER).replace(LINE, "$1$2$3.$4$5.$6$7$8$9");
}

const SWITCH =
  /prev_comm=(.*) prev_pid=(\d+) prev_prio=(\d+) prev_state=(\S+) ==> next_comm=(.*) next_pid=(\d+) next_prio=(\d+)/;

/** `trace-cmd report` has no comments, and words of its own for sched_switch and lost events. */
function reported(text: string): string {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const body = lines.map((line) => line.replace(SWITCH, "$1:$2 [$3] $4 ==> $5:$6 [$7]")).join("\n");
  return `version = 6\nCPU 3 is empty\ncpus=4\n${body.replaceAll(/\[LOST (\d+) EVENTS\]/g, "[$1 EVENTS DROPPED]")}`;
}

/** The events and gaps, but for their lines. */
function contentOf({ events, gaps, rejected }: ReadText): unknown {
  return {
    events: events.map((event) => ({ ...event, line: 0 })),
    gaps: gaps.map((gap) => ({ ...gap, line: 0 })),
    rejected,
  };
}

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const [rules = ""] = name.split("-");
  const read = (other: string): ReadText => readText(other, { rules });
  const lost = "CPU:1 [LOST 33 EVENTS]\n";
  const place = text.indexOf("\n", text.length / 2) + 1;
  const withLoss = text.slice(0, place) + lost + text.slice(place);
  const plain = read(text);

  test("with seven columns of flags, as the header draws them", () => {
    const other = withSevenFlags(text);
    expect(other).toContain("need-resched-lazy");
    expect(contentOf(read(other))).toEqual(contentOf(plain));
  });

  test("with seven columns of flags and no header", () => {
    const other = withSevenFlags(text).replaceAll(/^#.*\n/gm, "");
    expect(contentOf(read(other))).toEqual(contentOf(plain));
  });

  test("in the words of trace-cmd report", () => {
    const other = read(reported(text));
    expect(contentOf(other)).toEqual(contentOf(plain));
    expect(other.reader.counts).toMatchObject({ header: 3, rejected: 0 });
  });

  test("in the words of trace-cmd report, with a marker of lost events", () => {
    const other = read(reported(withLoss));
    expect(contentOf(other)).toEqual(contentOf(read(withLoss)));
    expect(other.gaps).toHaveLength(1);
  });
});

test("a sched_switch in words that are nobody's is rejected, where it is a vCPU's", () => {
  const text = shippedText("6.17-s1-one");
  const whole = readText(text);
  const other = readText(text.replaceAll(/(sched_switch: ).*/g, "$1somebody left"));
  expect(other.rejected.length).toBeGreaterThan(0);
  expect(other.rejected[0]?.reason).toContain("sched_switch");
  expect(whole.rejected).toEqual([]);
});
