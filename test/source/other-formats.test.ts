// What is not read is refused by its name, and says what to do instead.

import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sniff } from "../../src/formats/registry.js";
import { TwinError } from "../../src/base/errors.js";
import { ftraceDump } from "../support/ftrace-dump.js";
import { shippedText } from "../support/shipped.js";

function errorOf(call: () => unknown): TwinError {
  try {
    call();
  } catch (error) {
    if (error instanceof TwinError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function sqliteFile(): Buffer {
  const sqlite = new Database(":memory:");
  sqlite.exec("CREATE TABLE t (a)");
  const bytes = sqlite.serialize();
  sqlite.close();
  return bytes;
}

function tarFile(): Buffer {
  const block = Buffer.alloc(1024);
  block.write("trace.txt");
  block.write("ustar", 257);
  return block;
}

const padded = (magic: string): Buffer =>
  Buffer.concat([Buffer.from(magic, "latin1"), Buffer.alloc(64)]);

function asJson(message: string): string {
  return JSON.stringify({ _TRANSPORT: "kernel", MESSAGE: message });
}

const BINARIES: readonly (readonly [name: string, bytes: Buffer, says: RegExp])[] = [
  ["perf.data", padded("PERFILE2"), /perf\.data.*perf script/],
  ["a program", readFileSync(process.execPath).subarray(0, 4096), /ELF/],
  ["a SQLite file", sqliteFile(), /SQLite.*`file`/],
  ["pcap", padded("\u00d4\u00c3\u00b2\u00a1"), /pcap/],
  ["pcapng", padded("\n\r\r\n"), /pcap/],
  ["gzip within gzip", gzipSync("x"), /compressed twice/],
  ["zip", padded("PK\u0003\u0004"), /zip/],
  ["bzip2", padded("BZh91AY&SY"), /bzip2/],
  ["tar", tarFile(), /tar archive/],
  ["CTF", padded("\u00c1\u001f\u00fc\u00c1"), /CTF/],
  ["text in UTF-16", Buffer.from(`\uFEFF${shippedText("6.17-s1-one")}`, "utf16le"), /UTF-16/],
  ["other bytes", padded("?"), /binary/],
];

const TEXTS: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  [
    "perf script without the CPU",
    "     vmm  4410   500.000010:   kvm:kvm_apicv_inhibit_changed: set reason=8, inhibits=0x100\n",
    /perf script without the CPU/,
  ],
  [
    "perf trace",
    '     0.092 node/32227 sched:sched_switch(prev_comm: "node", prev_pid: 32227 (node))\n',
    /perf trace/,
  ],
  [
    "perf trace of one process",
    "     0.000 kvm:kvm_msi_set_irq(address: 4276092928, data: 165)\n",
    /perf trace/,
  ],
  ["bpftrace", '{"type": "printf", "data": "hello\\n"}\n', /another bpftrace script/],
  ["a journal as JSON", ftraceDump(shippedText("6.17-s1-one"), { front: asJson }), /journalctl -k/],
  [
    "dmesg as JSON",
    ftraceDump(shippedText("6.17-s1-one"), {
      front: (message) => `      {\n         "msg": ${JSON.stringify(message)}\n      },`,
    }),
    /log as JSON/,
  ],
  ["perf script without the task", "[000] 12.123456: kvm:kvm_exit: reason\n", /in another order/],
  [
    "perf script without the thread",
    "vmm [000] 12.123456: kvm:kvm_exit: reason\n",
    /in another order/,
  ],
  ["perf script, time first", "12.123456789: vmm 41 [000] kvm:kvm_exit: r\n", /in another order/],
  ["Chrome JSON", '{"traceEvents":[\n{"ph":"X"}]}\n', /Chrome or Perfetto/],
];

describe("what is not read", () => {
  it.each(BINARIES)("%s is refused by its name", (_, bytes, says) => {
    const error = errorOf(() => sniff(bytes, {}));
    expect(error).toMatchObject({ code: "ERR_FORMAT_UNKNOWN" });
    expect(error.message).toMatch(says);
  });

  it.each(TEXTS)("%s is refused by its name", (_, text, says) => {
    const error = errorOf(() => sniff(Buffer.from(text), {}));
    expect(error).toMatchObject({ code: "ERR_FORMAT_UNKNOWN" });
    expect(error.message).toMatch(says);
  });

  it("is found far below the beginning of a serial log", () => {
    const log = Array.from(
      { length: 3000 },
      (_, i) => `[${i}.123456] usb 1-1: new device number ${i}`,
    );
    const dump = "[ 3001.000000] Dumping ftrace buffer:\n";
    const error = errorOf(() => sniff(Buffer.from(`${log.join("\n")}\n${dump}`), {}));
    expect(error).toMatchObject({ code: "ERR_FORMAT_UNKNOWN" });
    expect(error.message).toContain("ftrace_dump");
  });

  it("is not what begins like it and is a trace", () => {
    const text = `# BZh, PERFILE2 and {"traceEvents"\n${shippedText("6.17-s1-one")}`;
    expect(sniff(Buffer.from(text), {}).format).toBe("ftrace");
  });
});
