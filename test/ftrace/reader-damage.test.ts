import { payload } from "../../src/domain/events/payload.js";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { evolveBatch } from "../../src/platforms/amd-fold.js";
import { emptyState } from "../../src/domain/fold/state.js";
import { readEvents } from "../support/events.js";
import { only, readText } from "../support/ftrace-text.js";
import { thinned } from "../support/predicted.js";
import { shippedLines } from "../support/shipped.js";

const TASK = "            piwl-226     [000] ..... ";
const OTHER_CPU = "            piwl-226     [001] ..... ";
const WRITE = "irte_write: (f+0x0/0x80) devid=0x40 index=0 lo=0x1 hi=0x22";

describe("a rejected line", () => {
  it("is kept with its number and the reason", () => {
    const { rejected } = readText(`# tracer: nop\n${TASK} 1.000000: ${WRITE}\nnonsense\n`);
    expect(rejected).toEqual([{ line: 3, reason: "not an ftrace line", text: "nonsense" }]);
  });

  it("is the last one where it has no newline: its last value may be cut", () => {
    const { reader, rejected } = readText(`${TASK} 1.000000: ${WRITE}\n${TASK} 1.000001: ${WRITE}`);
    expect(reader.counts).toMatchObject({ total: 2, events: 1, rejected: 1 });
    expect(rejected[0]?.reason).toContain("the line has no end");
  });

  it("of 200 KB is counted once, and only its beginning is kept", () => {
    const long = `${TASK} 1.000000: irte_write: ${"lo=0x1 ".repeat(30_000)}`;
    const { reader, rejected } = readText(`${long}\n${TASK} 1.000001: ${WRITE}\n`, {
      cuts: [70_000, 140_000],
    });
    expect(reader.counts).toMatchObject({ total: 2, events: 1, rejected: 1 });
    expect(rejected).toMatchObject([{ line: 1, text: long.slice(0, 1024) }]);
    expect(rejected[0]?.reason).toContain("longer than 65536 bytes");
  });

  it("may hold bytes that are not UTF-8", () => {
    const { rejected } = readText(Buffer.from("caf\xe9 \x00\n", "latin1"));
    expect(rejected).toMatchObject([{ line: 1, text: "caf\ufffd \0" }]);
  });

  it("is one of another clock than the first line's", () => {
    const micro = `${TASK} 1.000000: ${WRITE}\n`;
    const ticks = `${TASK} 41126402660: ${WRITE}\n`;
    for (const [text, isCounter, reason] of [
      [micro + ticks, false, "no decimal point"],
      [ticks + micro, true, "a decimal point"],
    ] as const) {
      const { reader, rejected } = readText(text, { isCounter });
      expect(reader.counts).toMatchObject({ events: 1, rejected: 1 });
      expect(rejected[0]?.line).toBe(2);
      expect(rejected[0]?.reason).toContain(`the time stamp has ${reason}`);
    }
  });

  it("of another clock is told from the first line where the caller does not know the clock", () => {
    const text = `${TASK} 1.000000: ${WRITE}\n${TASK} 41126402660: ${WRITE}\n`;
    expect(readText(text, { isCounter: null }).reader.counts).toMatchObject({ rejected: 1 });
  });

  it("causes nothing and is nobody's subject", () => {
    const [kvm, write] = ["vcpu=0x10 kvm=0x1000", `${TASK} 1.000002: ${WRITE}\n`];
    const load = `${TASK} 1.000001: svm_vcpu_load: (f+0x0/0x80) ${kvm} id=0 cpu=z\n`;
    const { reader, events, rejected } = readText(load + write);
    expect(rejected).toHaveLength(1);
    expect(only(events, "irte_written")).toMatchObject({ seq: 1, cause: null, cause_seq: null });
    expect(reader.interpreter.world.changed.vcpus.size).toBe(0);
  });

  it("teaches no VM its avic_vm_id", () => {
    const known = `${TASK} 1.000001: vm_destroy: (f+0x0/0x80) kvm=0x1000 vm_id=7\n`;
    const damaged = `${TASK} 1.000002: vm_destroy: (f+0x0/0x80) kvm=0x2000 vm_id=7x\n`;
    const { reader } = readText(known + damaged);
    const vms = [...reader.interpreter.world.changed.vms];
    expect(vms.map(({ kvm, vm_id }) => [kvm, vm_id])).toEqual([["1000", 7]]);
  });
});

describe("a number that no column of 64 bits holds", () => {
  // One such event would end the whole import.
  it.each([
    `            piwl-${"9".repeat(20)} [000] ..... 1.000000: ${WRITE}`,
    `            piwl-226     [${"9".repeat(20)}] ..... 1.000000: ${WRITE}`,
    `${TASK} 18446744073709551615: ${WRITE}`,
    `${TASK} 9223372036854775808: ${WRITE}`,
    `${TASK} 18446744073.709551: ${WRITE}`,
    `${TASK} 1.000000: vm_destroy: (f) kvm=0x1000 vm_id=99999999999999999999`,
    `${TASK} 1.000000: irte_free: (f) devid=0xffffffffffffffff index=0`,
    `${TASK} 1.000000: kvm_vcpu_wakeup: wait time 99999999999999999999 ns, polling valid`,
    "CPU:0 [LOST 99999999999999999999 EVENTS]",
    "CPU:99999999999999999999 [LOST 1 EVENTS]",
  ])("is in no event: %s", (line) => {
    const { reader, events } = readText(`${line}\n`);
    const { tasks, vms } = reader.interpreter.world.changed;
    for (const row of [...events, ...tasks, ...vms]) {
      for (const [name, value] of Object.entries(row)) {
        const isFit = typeof value !== "number" || Number.isSafeInteger(value);
        expect(isFit, `${name} = ${String(value)}`).toBe(true);
      }
    }
    for (const { billions, rest } of events) {
      expect(BigInt(billions) * 1_000_000_000n + BigInt(rest)).toBeLessThan(2n ** 63n);
    }
  });
});

describe("an allocation of more entries than a table has", () => {
  it("is not followed: a loop as long as a damaged line says would not end", () => {
    const text = [
      "ir_alloc: (irq_remapping_alloc+0x4/0x520) virq=30 nr=1",
      "irte_alloc: (alloc_irq_index+0x0/0x290) devid=0x40 count=100000",
      "irte_alloc_ret: (irq_remapping_alloc+0x1/0x520 <- alloc_irq_index) index=0",
    ].map((line) => `${TASK} 1.000000: ${line}\n`);
    const { world } = readText(text.join("")).reader.interpreter;
    expect(world.irteOf(30 + 5000)).toBeUndefined();
  });
});

describe("a damaged recording", () => {
  it("is read and folded without an error, and its lines add up", () => {
    const file = new URL("../../data/6.17-s1-one.txt.gz", import.meta.url);
    const intact = gunzipSync(readFileSync(file));
    const edits = fc.array(fc.tuple(fc.nat(intact.length - 1), fc.nat(255)), {
      minLength: 500,
      maxLength: 2000,
    });
    fc.assert(
      fc.property(edits, (list) => {
        const bytes = Buffer.from(intact);
        for (const [at, byte] of list) bytes[at] = byte;
        const { reader, events } = readText(bytes);
        const { total, header, events: made, unused, rejected, gaps } = reader.counts;
        expect(header + made + unused + rejected + gaps).toBe(total);
        expect(rejected).toBeGreaterThan(0);
        expect(evolveBatch(emptyState("6.17"), events).kvm.rules).toBe("6.17");
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});

describe("a line with CR before its LF", () => {
  it("is read without it", () => {
    const { reader, events } = readText(`# tracer\r\n\r\n${TASK} 1.000000: ${WRITE}\r\n`);
    expect(reader.counts).toMatchObject({ total: 3, header: 2, events: 1, rejected: 0 });
    expect(events[0]).toMatchObject({ loL: 1, hiL: 0x22, line: 3 });
  });
});

describe("a loss marker", () => {
  const before = `${TASK} 1.000000: ${WRITE}\n${OTHER_CPU} 1.000001: ${WRITE}\n`;
  const next = `${TASK} 2.000000: ${WRITE}\n`;

  it("becomes a gap and an event, from the CPU's last line to the next line", () => {
    const { events, gaps } = readText(`${before}CPU:0 [LOST 12 EVENTS]\n${next}`);
    expect(events.map(({ kind }) => kind)).toEqual([
      KIND.irte_written,
      KIND.irte_written,
      KIND.events_lost,
      KIND.irte_written,
    ]);
    const lost = only(events, "events_lost");
    expect(lost).toMatchObject({
      seq: 3,
      line: 3,
      cpu: 0,
      task: null,
      a: 12,
      billions: 2,
      rest: 0,
    });
    expect(gaps).toEqual([
      {
        kind: "lost",
        cpu: 0,
        line: 3,
        lost: 12,
        from_seq: 1,
        to_seq: 3,
        from: { billions: 1, rest: 0 },
        to: { billions: 2, rest: 0 },
      },
    ]);
  });

  it("may not say how many", () => {
    const { events, gaps } = readText(`${before}CPU:0 [LOST EVENTS]\n${next}`);
    expect(payload.count(only(events, "events_lost"))).toBeNull();
    expect(gaps).toMatchObject([{ cpu: 0, lost: null }]);
  });

  it("of a CPU that printed no line yet begins where nothing is sure", () => {
    const { gaps } = readText(`${before}CPU:3 [LOST 1 EVENTS]\n${next}`);
    expect(gaps).toMatchObject([{ cpu: 3, from_seq: null, from: null }]);
  });

  it("counts at the end of the trace and next to another", () => {
    const { reader, events, gaps } = readText(
      `${before}CPU:0 [LOST 1 EVENTS]\nCPU:1 [LOST 2 EVENTS]\n`,
    );
    expect(reader.counts).toMatchObject({ total: 4, events: 2, gaps: 2 });
    expect(gaps.map(({ cpu, from_seq, to_seq }) => [cpu, from_seq, to_seq])).toEqual([
      [0, 1, 3],
      [1, 2, 4],
    ]);
    expect(events).toHaveLength(4);
  });
});

describe("a CPU whose ring begins later", () => {
  const first = `${TASK} 1.000000: ${WRITE}\n`;
  const other = `${OTHER_CPU} 3.000000: ${WRITE}\n`;
  const marker = "##### CPU 1 buffer started ####\n";

  it("by its marker is a gap from the beginning", () => {
    const { reader, events, gaps } = readText(`# tracer\n${first}${marker}${other}`);
    expect(reader.counts).toMatchObject({ total: 4, header: 1, events: 2, gaps: 1 });
    expect(only(events, "events_lost")).toMatchObject({ seq: 2, line: 3, cpu: 1, billions: 3 });
    expect(gaps).toEqual([
      {
        kind: "overwritten",
        cpu: 1,
        line: 3,
        lost: null,
        from_seq: null,
        to_seq: 2,
        from: null,
        to: { billions: 3, rest: 0 },
      },
    ]);
  });

  it("is one gap with its marker and the header's count, and without the marker too", () => {
    for (const [between, line] of [
      [marker, 2],
      ["", 2],
    ] as const) {
      const { gaps } = readText(`${first}${between}${other}`, { isOverwritten: true });
      expect(gaps).toMatchObject([{ kind: "overwritten", cpu: 1, line, to_seq: 2 }]);
    }
  });

  it("is no gap where the header counts none, nor before the first event", () => {
    expect(readText(`${first}${other}`).gaps).toEqual([]);
    expect(readText(`${marker}${other}${first}`).gaps).toEqual([]);
  });
});

describe("lines out of time order", () => {
  it("are counted, with the first of them", () => {
    const text = [5, 6, 4, 4, 7, 3]
      .map((second) => `${TASK} ${second}.000000: ${WRITE}\n`)
      .join("");
    const { reader, events } = readText(text);
    expect(reader.clock.anomalies).toBe(2);
    expect(reader.clock.firstAnomaly).toBe(3);
    expect(events).toHaveLength(6);
    expect(reader.clock.first).toEqual({ billions: 5, rest: 0 });
    expect(reader.clock.last).toEqual({ billions: 3, rest: 0 });
  });
});

it("a vCPU that is made after a loss has no vcpu_idx: another may have been made in it", () => {
  const lines = shippedLines("7.3-s2-two");
  const first = lines.findIndex((line) => line.includes(": avic_init_vcpu_ret: "));
  const text = Buffer.from(lines.join("\n"), "latin1");
  const lost = { cpu: "000", from: first, to: first + 1 };
  const indexes = (bytes: Buffer): (number | null)[] =>
    readEvents(bytes)
      .events.filter(({ kind }) => kind === KIND.vcpu_created)
      .map(payload.vcpu_idx);
  expect(indexes(text)).toEqual([0, 1, 0, 1]);
  expect(indexes(thinned(text, { without: /^$/, lost }).text)).toEqual([null, 0, 1]);
});
