import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stampText } from "../../../src/base/stamp.js";
import { hashOf } from "../../../src/ftrace/text/bytes.js";
import { Line } from "../../../src/ftrace/text/line.js";
import { anyLine, kernelLine } from "../../support/ftrace-text.js";
import {
  NO_REAL_TRACES,
  REAL_TRACES,
  WHERE_TRACES_ARE,
  realTrace,
} from "../../support/real-traces.js";
import { parseWithRegex, type ParsedLine } from "../../support/regex-parser.js";

interface Scanned extends Omit<ParsedLine, "payloadAt" | "time"> {
  readonly time: string;
  readonly payload: string;
  readonly inInterrupt: boolean;
}

/** The parts of a line of text; null where it is not one. */
function scan(text: string): Scanned | null {
  const line = new Line();
  // Bytes around the line: a scan must not look at them.
  const bytes = Buffer.from(`7-7 [${text}\n-1 [001] 1.0: x: y`);
  if (!line.scan(bytes, 5, bytes.length - 19)) return null;
  const { pid, cpu, isCounter, inInterrupt, billions, rest } = line;
  return {
    comm: line.comm(),
    pid,
    cpu,
    isCounter,
    inInterrupt,
    time: stampText(billions, rest),
    name: line.name(),
    payload: line.text(),
  };
}

describe("a line of ftrace", () => {
  it("is taken apart into task, CPU, time, name and payload", () => {
    const text = "       CPU 0/KVM-12345   [003] d..2.  5612.123456: kvm_entry: vcpu 0, rip 0xf";
    expect(scan(text)).toEqual({
      comm: "CPU 0/KVM",
      pid: 12345,
      cpu: 3,
      isCounter: false,
      inInterrupt: false,
      time: "5612123456000",
      name: "kvm_entry",
      payload: "vcpu 0, rip 0xf",
    });
  });

  it.each([
    ["           <...>-1234    [000] ..... 1.000001: x: y", "<...>", 1234],
    ["          <idle>-0       [000] ..... 1.000001: x: y", "<idle>", 0],
    [" kworker/u8:1-ev-77      [000] ..... 1.000001: x: y", "kworker/u8:1-ev", 77],
    ["        a-b - c-4194304 [000] ..... 1.000001: x: y", "a-b - c", 4194304],
    [" a [001] b-5 (1)-6       [000] ..... 1.000001: x: y", "a [001] b-5 (1)", 6],
  ])("%j has the comm %j", (text, comm, pid) => {
    expect(scan(text)).toMatchObject({ comm, pid, cpu: 0, name: "x", payload: "y" });
  });

  it.each([
    ["a-comm-of-15-by-8       [000] ..... 1.000001: x: y", true],
    ["a-comm-of-16-byt-8      [000] ..... 1.000001: x: y", false],
    ["a comm of 17 chars-8     [000] ..... 1.000001: x: y", false],
    ["12:            piwl-226     [000] ..... 1.000001: x: y", false],
  ])("has a comm of at most 15 bytes: %j is one: %j", (text, isLine) => {
    expect(scan(text) !== null).toBe(isLine);
  });

  it.each(["(-------) ", "(    226) ", "(4194304) ", "( 7) "])("may have the tgid %j", (tgid) => {
    expect(scan(`            piwl-226     ${tgid}[000] .....    11.455369: x: y`)).toMatchObject({
      comm: "piwl",
      pid: 226,
      cpu: 0,
      time: "11455369000",
    });
  });

  it.each([
    ["", false],
    ["..... ", false],
    [".... ", false],
    ["d..2. ", false],
    ["d.h1. ", true],
    ["dNH11 ", true],
    // A probe that the kernel set as a breakpoint (int3), in the context of the task.
    ["d.Z2. ", false],
    ["d.z2. ", true],
    ["d.s2. ", false],
    ["d.h1 ", true],
    ["bBs.. ", false],
  ])("may have the flags %j, and is then in an interrupt: %j", (flags, inInterrupt) => {
    expect(scan(`            piwl-226     [000] ${flags}   11.455369: x: y`)).toMatchObject({
      inInterrupt,
      time: "11455369000",
    });
  });

  it.each([
    ["    0.000000", "0", false],
    ["    0.000001", "1000", false],
    ["   11.455369", "11455369000", false],
    ["   11.455369123", "11455369123", false],
    ["12345678.999999999", "12345678999999999", false],
    [" 41126402660", "41126402660", true],
    ["           0", "0", true],
    ["   999999999", "999999999", true],
    ["  1000000000", "1000000000", true],
    ["18446744073709551615", "18446744073709551615", true],
  ])("has the time %j", (stamp, time, isCounter) => {
    expect(scan(`            piwl-226     [000] ..... ${stamp}: x: y`)).toMatchObject({
      time,
      isCounter,
    });
  });

  it.each(["1000", "4095", "8191"])("may be of CPU %s", (cpu) => {
    expect(scan(`            piwl-226     [${cpu}] ..... 1.5: x: y`)?.cpu).toBe(Number(cpu));
  });

  it("may have lost its leading spaces", () => {
    const full = "       CPU 0/KVM-12345   [003] d..2.  5612.123456: x: y";
    expect(scan(full.trimStart())).toEqual(scan(full));
  });

  it("may have bytes in its comm that are not UTF-8", () => {
    const bytes = Buffer.from("              \xff\xfe-226     [000] ..... 1.5: x: y", "latin1");
    const line = new Line();
    expect(line.scan(bytes, 0, bytes.length)).toBe(true);
    expect(line.comm()).toBe("\ufffd\ufffd");
  });

  it.each([
    "",
    "# tracer: nop",
    "CPU:1 [LOST 5 EVENTS]",
    " => __do_softirq",
    "            piwl-226     [000] ..... 11.455369 x y",
    "            piwl-226     [000] ..... : x: y",
    "            piwl-226     [000] ..... 11.: x: y",
    "            piwl-226     [000] ..... 11.1234567890: x: y",
    "            piwl-226     [000] ..... 184467440737095516150: x: y",
    "            piwl-226     [000] .............  11.455369: x: y",
    "            piwl-226     [0a0] ..... 11.455369: x: y",
    "            piwl-        [000] ..... 11.455369: x: y",
    "            piwl-226     (1 [000] ..... 11.455369: x: y",
    "            piwl-226     [000] ..... 11.455369:",
    // Numbers that no kernel prints, and no 64-bit column holds.
    `            piwl-${"9".repeat(30)} [000] ..... 11.455369: x: y`,
    `            piwl-226     [${"9".repeat(30)}] ..... 11.455369: x: y`,
  ])("is not %j", (text) => {
    expect(scan(text)).toBeNull();
  });

  it("has the hash of its name", () => {
    const line = new Line();
    const bytes = Buffer.from("            piwl-226     [000] ..... 1.5: irte_write: y");
    line.scan(bytes, 0, bytes.length);
    expect(line.nameHash).toBe(hashOf("irte_write"));
  });
});

describe("any line that the kernel prints", () => {
  it("gives back what was printed", () => {
    fc.assert(
      fc.property(anyLine, (parts) => {
        const [whole = "", fraction] = parts.time.split(".");
        const digits = whole + (fraction ?? "").padEnd(fraction === undefined ? 0 : 9, "0");
        expect(scan(kernelLine(parts))).toMatchObject({
          comm: parts.comm,
          pid: parts.pid,
          cpu: parts.cpu,
          time: String(BigInt(digits)),
          isCounter: fraction === undefined,
          inInterrupt: /^..[hHz]/.test(parts.flags),
          name: parts.name,
          payload: parts.payload.trimStart(),
        });
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a damaged line", () => {
  const shipped = readFileSync(new URL("../../../data/6.17-s1-one.txt.gz", import.meta.url));
  const lines = gunzipSync(shipped).toString("latin1").split("\n");

  it("is scanned without an error, and stays within its bounds", () => {
    const edit = fc.tuple(fc.nat(200), fc.nat(255));
    const line = new Line();
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.array(edit, { maxLength: 8 }), (text, edits) => {
        const bytes = Buffer.from(text, "latin1");
        for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
        if (!line.scan(bytes, 0, bytes.length)) return;
        expect(line.commEnd).toBeLessThanOrEqual(line.nameStart);
        expect(line.nameStart).toBeLessThan(line.nameEnd);
        expect(line.nameEnd).toBeLessThanOrEqual(line.body);
        expect(line.body).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it.each(["[", "-[", "-1 [", "-1 ([", "-1 [0] "])("of 64 KiB of %j is refused in time", (unit) => {
    const bytes = Buffer.from(unit.repeat(65_536 / unit.length));
    const started = performance.now();
    expect(new Line().scan(bytes, 0, bytes.length)).toBe(false);
    // Linear: well below a millisecond. Quadratic: seconds.
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("a line that broke off within the event's name", () => {
  const HEAD = "    vcpu-0.0-230     [002] d..2.  1720.411000: ";
  it.each(["irte_w", "irte_w[  701.501200] usb 1-1: new device", "irte_wpiwl-210 [000] 1: a: b"])(
    "is none, and no event that nobody knows: %s",
    (rest) => {
      const bytes = Buffer.from(HEAD + rest);
      expect(new Line().scan(bytes, 0, bytes.length)).toBe(false);
    },
  );

  it("is one where the name is whole", () => {
    const bytes = Buffer.from(`${HEAD}irte_write: devid=0x1`);
    expect(new Line().scan(bytes, 0, bytes.length)).toBe(true);
  });
});

describe.skipIf(NO_REAL_TRACES)(`the real traces ${WHERE_TRACES_ARE}`, () => {
  it.each(REAL_TRACES)("%s reads as a regular expression reads it", (name) => {
    const bytes = realTrace(name);
    const line = new Line();
    let start = 0;
    for (let end; (end = bytes.indexOf(10, start)) >= 0; start = end + 1) {
      const text = bytes.toString("latin1", start, end);
      if (text.startsWith("#")) continue;
      const parsed = parseWithRegex(text);
      const scanned: ParsedLine | null = line.scan(bytes, start, end)
        ? {
            comm: line.comm(),
            pid: line.pid,
            cpu: line.cpu,
            time: BigInt(stampText(line.billions, line.rest)),
            isCounter: line.isCounter,
            name: line.name(),
            payloadAt: line.body - start,
          }
        : null;
      // Compared in place: an `expect` a line costs more than the scan.
      if (!isSame(parsed, scanned)) expect(scanned, text).toEqual(parsed);
    }
    expect(start).toBe(bytes.length);
  });
});

function isSame(a: ParsedLine | null, b: ParsedLine | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.comm === b.comm &&
    a.pid === b.pid &&
    a.cpu === b.cpu &&
    a.time === b.time &&
    a.isCounter === b.isCounter &&
    a.name === b.name &&
    a.payloadAt === b.payloadAt
  );
}
