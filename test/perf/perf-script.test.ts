// The same recording as `perf script` prints it: the events, their causes and the verdicts about writes are the same.

import { describe, expect, test } from "vitest";
import { formatOf } from "../../src/formats/registry.js";
import { inSeconds, perfScript, type PerfOptions } from "../support/perf-script.js";
import { contentOf, readAs, rulesOf, withoutFlags } from "../support/same-recording.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const FORMS: readonly PerfOptions[] = [
  {},
  { ns: true },
  { ns: true, withPid: true, group: "irqtwin" },
];

function withLoss(text: string): string {
  const place = text.indexOf("\n", text.length / 2) + 1;
  return `${text.slice(0, place)}CPU:1 [LOST 33 EVENTS]\n${text.slice(place)}`;
}

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesOf(name);

  test.each(FORMS)("%j", (form) => {
    const printed = perfScript(text, form);
    expect(formatOf(Buffer.from(printed)).name).toBe("perf script");
    const plain = readAs(withoutFlags(inSeconds(text, form)), rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentOf(readAs(printed, rules))).toEqual(contentOf(plain));
  });

  test("with events that perf has lost", () => {
    const lossy = withLoss(text);
    const read = readAs(perfScript(lossy), rules);
    expect(read.gaps).toHaveLength(1);
    expect(contentOf(read)).toEqual(contentOf(readAs(withoutFlags(inSeconds(lossy)), rules)));
  });

  test("with the address behind each event (-F +ip,+sym)", () => {
    const lines = perfScript(text).trimEnd().split("\n");
    const plain = contentOf(readAs(perfScript(text), rules));
    for (const behind of [
      " ffffffff813aa9c4",
      " ffffffff813aa9c4 try_to_wake_up+0x3a4 ([kernel])",
    ]) {
      const printed = `${lines.map((line) => `${line}${behind}`).join("\n")}\n`;
      expect(contentOf(readAs(printed, rules))).toEqual(plain);
    }
  });

  test.each([
    ["addresses alone (-F +ip)", "\tffffffffc0a12345\n\t          146f7c\n\n"],
    [
      "lines of the source (-F +srcline)",
      "\tffffffffc0a12345 f+0x5 ([kernel])\n  [kernel][ffffffffc0a12345]\n\t  146f7c g (/x)\n  g.c:12\n\n",
    ],
  ])("with call chains of %s", (_form, chain) => {
    const lines = perfScript(text).trimEnd().split("\n");
    const printed = lines.map((line) => `${line.trimStart()}\n${chain}`).join("");
    const read = readAs(printed, rules);
    expect(contentOf(read)).toEqual(contentOf(readAs(perfScript(text), rules)));
    expect(read.reasons).toEqual([]);
  });

  test("with a header and call chains", () => {
    const printed = perfScript(text).trimEnd().split("\n");
    const chain = "\tffffffffc0a12345 __modify_irte_ga+0x5 ([kernel.kallsyms])\n";
    const header = "# ========\n# hostname : vm\n# os release : 6.17.13-amd64\n# ========\n#\n";
    const whole = `${header}${printed.map((line) => `${line.trimStart()}\n${chain}`).join("\n")}\n`;
    const read = readAs(whole, rules);
    expect(contentOf(read)).toEqual(contentOf(readAs(perfScript(text), rules)));
    const { kernel } = formatOf(Buffer.from(whole)).sniff(Buffer.from(whole), {});
    expect(kernel).toBe("6.17.13-amd64");
  });
});
