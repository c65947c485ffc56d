import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LineCounts } from "../../src/source/read-batch.js";
import { FtraceReader } from "../../src/ftrace/reader.js";
import { BATCH_ROWS } from "../../src/source/reader.js";
import { LINE_BYTES_MAX } from "../../src/source/lines.js";
import { readText, type ReadText } from "../support/ftrace-text.js";
import { searchedBytes } from "../support/searched-bytes.js";

type Category = Exclude<keyof LineCounts, "total">;

const TASK = "            piwl-226     [000] ..... ";
const WRITE = "irte_write: (f+0x0/0x80) devid=0x40 index=0 lo=0x1 hi=0x22";

/** Lines of every kind, each with what it must be counted as. */
const SAMPLES: readonly (readonly [Category, string])[] = [
  ["header", "# tracer: nop"],
  ["header", ""],
  ["events", `${TASK}   11.455369: ${WRITE}`],
  ["events", `${TASK}   11.455370: vm_destroy: (f+0x0/0x80 [kvm]) kvm=0x1000 vm_id=1`],
  [
    "events",
    "          <idle>-0       [003] d.h1.    11.455371: kvm_avic_ga_log: vmid=1, vcpuid=0",
  ],
  ["unused", `${TASK}   11.455372: irte_flush: (f+0x0/0x80) devid=0x40`],
  ["unused", `${TASK}   11.455373: a_name_of_tomorrow: x=1`],
  ["unused", " => kvm_vcpu_block"],
  ["unused", `${TASK}   11.455373: avic_vcpu_load <-svm_vcpu_load`],
  ["header", "registering plugin: /usr/lib/traceevent/plugins/plugin_kvm.so"],
  ["header", "overriding event (1610) kvm:kvm_exit with new print handler"],
  ["header", "Maximum Latency: 167140.727 usecs at timestamp: 82.047526"],
  ["unused", `${TASK}   11.455373: sched_switch: a:1 [120] S ==> b:2 [120] Latency: 310.934 usecs`],
  ["events", `${TASK}   11.455373: kvm_inj_virq: irq 52`],
  ["rejected", `${TASK}   11.455373: kvm_inj_virq: IRQ 0xffffffffc0a01234`],
  [
    "rejected",
    `${TASK}   11.455373: kvm_apicv_accept_irq: apicid 0 vec 99999999999999999999 (F|l)`,
  ],
  ["rejected", "neither fish nor flesh \xff"],
  [
    "rejected",
    `${TASK}   11.455374: irte_write: (f+0x0/0x80) devid=0x40 index=0 lo=(fault) hi=0x1`,
  ],
  ["rejected", `${TASK}   11.455374: irte_write: (f+0x0/0x80) devid=0x4g index=0 lo=0x1 hi=0x22`],
  ["rejected", `${TASK} 41126402660: ${WRITE}`],
  ["rejected", "x".repeat(LINE_BYTES_MAX + 1)],
  ["rejected", "[".repeat(200_000)],
  ["gaps", "CPU:0 [LOST 5 EVENTS]"],
  ["gaps", "CPU:3 [LOST EVENTS]"],
];

const anyLines = fc.array(
  fc.tuple(
    fc.oneof(
      {
        arbitrary: fc.constantFrom(...SAMPLES.filter(([, text]) => text.length < 1000)),
        weight: 20,
      },
      { arbitrary: fc.constantFrom(...SAMPLES), weight: 1 },
    ),
    fc.constantFrom("\n", "\n", "\r\n"),
  ),
  { maxLength: 40 },
);

function textOf(lines: readonly (readonly [readonly [Category, string], string])[]): Buffer {
  return Buffer.from(lines.map(([[, text], end]) => text + end).join(""), "latin1");
}

/** What of a reading must not depend on how the bytes arrived. */
function resultOf({ reader, events, rejected, gaps }: ReadText): unknown {
  const { counts, clock } = reader;
  const names = reader.names.counts();
  const changed = reader.interpreter.world.changed;
  return [events, rejected, gaps, counts, names, changed]
    .map((part) => structuredClone(part) as unknown)
    .concat([clock.anomalies, clock.firstAnomaly, clock.first, clock.last]);
}

describe("the account of a recording's lines", () => {
  it("has every line in exactly one place", () => {
    fc.assert(
      fc.property(anyLines, (lines) => {
        const { reader, events } = readText(textOf(lines), { isCounter: false });
        const count = (category: Category): number =>
          lines.filter(([[one]]) => one === category).length;
        expect(reader.counts).toEqual({
          total: lines.length,
          header: count("header"),
          events: count("events"),
          unused: count("unused"),
          rejected: count("rejected"),
          gaps: count("gaps"),
        });
        expect(events).toHaveLength(count("events") + count("gaps"));
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      }),
    );
  });

  it("adds up for bytes of any kind", () => {
    const piece = fc.oneof(
      fc.constantFrom(...SAMPLES.map(([, text]) => text).filter((text) => text.length < 1000)),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom("\n", "\r", "[", "]", ":", "-1 ", "0x", "=", " "),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const { total, header, events, unused, rejected, gaps } = readText(text).reader.counts;
        expect(header + events + unused + rejected + gaps).toBe(total);
        expect(total).toBe(text.split("\n").length - (text.endsWith("\n") || text === "" ? 1 : 0));
      }),
      { numRuns: 200 },
    );
  });

  it("has names by what became of their lines, known ones and others", () => {
    const names = ["irte_write: devid=0x40 index=0 lo=0x1 hi=0x22", "irte_flush: x", "later: x"];
    const text = [...names, ...names].map((name) => `${TASK} 1.000000: ${name}\n`).join("");
    expect(readText(text).reader.names.counts()).toEqual([
      { name: "irte_flush", known: true, events: 0, unused: 2 },
      { name: "irte_write", known: true, events: 2, unused: 0 },
      { name: "later", known: false, events: 0, unused: 2 },
    ]);
  });

  it("counts unknown names together once there are very many", () => {
    const text = Array.from({ length: 6000 }, (_, i) => `${TASK} 1.000000: name_${i}: x\n`).join(
      "",
    );
    const counts = readText(text).reader.names.counts();
    const others = counts.find(({ name }) => name === "(other names)");
    expect(others?.unused).toBeGreaterThan(1000);
    expect(counts.reduce((sum, { unused }) => sum + unused, 0)).toBe(6000);
  });
});

describe("a recording that arrives in pieces", () => {
  it("gives the same events, rejected lines, gaps and counts", () => {
    const cuts = fc.array(fc.nat(3000), { maxLength: 12 });
    fc.assert(
      fc.property(anyLines, fc.boolean(), cuts, (lines, isCut, places) => {
        const whole = textOf(lines);
        const bytes = isCut ? whole.subarray(0, -1) : whole;
        const inside = places.filter((place) => place <= bytes.length);
        expect(resultOf(readText(bytes, { cuts: inside }))).toEqual(resultOf(readText(bytes)));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same byte by byte", () => {
    const bytes = textOf(
      SAMPLES.filter(([, text]) => text.length < 1000).map((one) => [one, "\r\n"]),
    );
    const everywhere = Array.from(bytes, (_, i) => i);
    expect(resultOf(readText(bytes, { cuts: everywhere }))).toEqual(resultOf(readText(bytes)));
  });

  it.each([-1, 0, 1, 2])(
    "gives the same for a line of the greatest length and %i bytes",
    (more) => {
      const line = `${TASK}   11.455369: later: `.padEnd(LINE_BYTES_MAX + more, "x");
      for (const end of ["\n", "\r\n"]) {
        const bytes = Buffer.from(line + end);
        // Cut before the newline, and between the carriage return and it.
        for (const cut of [bytes.length - 2, bytes.length - 1]) {
          expect(readText(bytes, { cuts: [cut] }).reader.counts).toEqual(
            readText(bytes).reader.counts,
          );
        }
      }
    },
  );

  it("comes in batches that do not depend on the pieces", () => {
    const bytes = Buffer.from(`${TASK} 1.000000: ${WRITE}\n`.repeat(BATCH_ROWS + 10));
    const sizes = (cut: number): number[] => {
      const heard: number[] = [];
      const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
      const reader = new FtraceReader({ rules: "6.17", first, isCounter: null }, ({ events }) =>
        heard.push(events.length),
      );
      reader.feed(bytes.subarray(0, cut));
      reader.feed(bytes.subarray(cut));
      reader.end();
      return heard;
    };
    expect(sizes(0)).toEqual([BATCH_ROWS, 10]);
    expect(sizes(1000)).toEqual([BATCH_ROWS, 10]);
  });

  it("searches each byte a few times, however many lines there are", () => {
    // Lines without a bracket, which a search for one may not leave.
    const perByte = (lines: number): number => {
      const bytes = Buffer.from("x\n".repeat(lines));
      return searchedBytes(() => readText(bytes)) / bytes.length;
    };
    const [one, eight] = [perByte(32_768), perByte(262_144)];
    expect(one).toBeGreaterThanOrEqual(1);
    expect(eight / one).toBeLessThan(1.1);
  });
});
