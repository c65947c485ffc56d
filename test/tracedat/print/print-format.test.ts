// What `print fmt:` says is printed as the kernel prints it, and what cannot be computed harms nothing.

import { describe, expect, test } from "vitest";
import { eventFormatOf, type EventFormat } from "../../../src/tracedat/print/event-format.js";
import { printFormatOf, textOfRecord } from "../../../src/tracedat/print/print-format.js";
import { type RecordBytes } from "../../../src/tracedat/print/record.js";

const FIELDS =
  "\tfield:u8 small;\toffset:8;\tsize:1;\tsigned:0;\n\tfield:s16 half;\toffset:10;\tsize:2;\tsigned:1;\n" +
  "\tfield:u32 word;\toffset:12;\tsize:4;\tsigned:0;\n\tfield:u64 wide;\toffset:16;\tsize:8;\tsigned:0;\n" +
  "\tfield:char comm[8];\toffset:24;\tsize:8;\tsigned:0;\n\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:0;\n";

function formatOf(print: string): EventFormat {
  const format = eventFormatOf(`name: made\nID: 7\nformat:\n${FIELDS}\nprint fmt: ${print}\n`);
  if (format === null) throw new Error("no format");
  return format;
}

function record(): RecordBytes {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt8(200, 8);
  bytes.writeInt16LE(-2, 10);
  bytes.writeUInt32LE(0xfffffff0, 12);
  bytes.writeBigUInt64LE(0xff11000103271cc0n, 16);
  bytes.write("CPU 0/K\0", 24, "latin1");
  bytes.writeUInt32LE((6 << 16) | 36, 32);
  bytes.write("vfio0\0", 36, "latin1");
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    start: 0,
    length: 48,
  };
}

function printedBy(print: string): string | null {
  const format = printFormatOf(formatOf(print));
  return format === null ? null : textOfRecord(format, record());
}

describe("print fmt", () => {
  test.each([
    ['"%u %d %x", REC->small, REC->half, REC->half', "200 -2 fffffffe"],
    [
      '"0x%Lx|%llu|%#x", REC->wide, REC->wide, REC->small',
      "0xff11000103271cc0|18379471558623567040|0xc8",
    ],
    ['"%08x|%-6u|%6d|%02d%%", REC->small, REC->small, REC->half, 3', "000000c8|200   |    -2|03%"],
    ['"%s %s", REC->comm, __get_str(name)', "CPU 0/K vfio0"],
    ['"%d", (int)REC->word', "-16"],
    ['"%u", (u8)(REC->wide >> 8) | 1', "29"],
    ['"%s", REC->small & 8 ? "yes" : "no"', "yes"],
    ['"%s", __print_symbolic(REC->small >> 3 & 0x1f, {0x19, "here"}, {1, "one"})', "here"],
    ['"%s", __print_symbolic(REC->small, {1, "one"})', "0xc8"],
    ['"%s", __print_flags(REC->small, "|", {1 << 3, "A"}, {1 << 6, "B"})', "A|B|0x80"],
    ['"a" "b%u", REC->small', "ab200"],
    ['"%s", __print_hex(REC->comm, 4)', "?"],
    ['"%s", SOME_NAME == 1 ? "x" : "y"', "?"],
    ['"%u", REC->small / 0', "?"],
    ['"%u", 1 << 4096', "?"],
  ])("%s prints %s", (print, text) => {
    expect(printedBy(print)).toBe(text);
  });

  test.each([
    ['"%u'],
    ['"%u"'],
    ['"%u", REC->'],
    ['"%u", ((REC->small)'],
    ['"%u %u", REC->small'],
    [`"%u", ${"(".repeat(5000)}1${")".repeat(5000)}`],
    [`"%u", ${"!".repeat(5000)}1`],
    ["REC->small"],
    ["\u0000\u0001"],
  ])("%j is not understood, and does no harm", (print) => {
    expect(printedBy(print)).toBeNull();
  });

  test("a record that is too short has no values", () => {
    const format = printFormatOf(
      formatOf('"%u %Lx %s %s", REC->small, REC->wide, REC->comm, __get_str(name)'),
    );
    if (format === null) throw new Error("not understood");
    expect(textOfRecord(format, { ...record(), length: 9 })).toBe("200 ? ? ?");
  });
});
