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
  ["text in UTF-16 without a mark", Buffer.from(shippedText("6.17-s1-one"), "utf16le"), /UTF-16/],
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
    /without the number of the task/,
  ],
  ["perf script, time first", "12.123456789: vmm 41 [000] kvm:kvm_exit: r\n", /in another order/],
  ["perf script, event alone", "  kvm:kvm_exit: reason\n", /without the task/],
  [
    "perf script with times of day",
    "vmm 41 [000] 2026-11-27 10:00:00.000010: kvm:kvm_exit: reason\n",
    /times of day/,
  ],
  [
    "perf trace, calls",
    "  0.123 ( 0.010 ms): vmm/41 ioctl(fd: 12, cmd: KVM_RUN) = 0\n",
    /perf trace/,
  ],
  ["strace", "41 500.000010 ioctl(12, KVM_RUN, 0) = 0\n", /strace/],
  ["the tracer function_graph", " 0)   0.123 us    |  avic_vcpu_load();\n", /function_graph/],
  [
    "the tracer function",
    "# tracer: function\n#\n  vmm-41 [000] ..... 5.000010: f <-g\n",
    /tracer function,/,
  ],
  ["the tracer blk", "  8,0 1 1 0.000000000 697 G W 223490 + 8 [kjournald]\n", /blk/],
  [
    "the function profiler",
    "  Function      Hit    Time      Avg\n  f   1   2 us  3 us\n",
    /profiler/,
  ],
  ["a histogram", "# event histogram\n#\n{ vcpu_id: 0 } hitcount: 1\n", /histogram/],
  ["a format", "name: kvm_entry\nID: 1234\nformat:\n\tfield:int a;\n", /format of an event/],
  ["counts", "entries: 129\noverrun: 0\n", /counts of a ring/],
  [
    "help",
    "\ntrace-cmd version 3.1.6\n\nusage:\n trace-cmd report [-i file]\n",
    /help of trace-cmd/,
  ],
  ["a list of events", "kvm:kvm_entry\nkvm:kvm_exit\nsched:sched_switch\n", /list of events/],
  ["kallsyms", "ffffffff81000000 T a\nffffffff81000010 t b\nffffffff81000020 t c\n", /symbols/],
  [
    "the option raw",
    "41 0 500000010 # 12\n41 0 500000020 # 13\n41 0 500000030 # 1\n",
    /option raw/,
  ],
  ["the option hex", "00000029 00000000 000000001dcd650a 12\n".repeat(3), /option hex/],
  ["a web page", "<pre>\n          &lt;idle&gt;-0       [003] d.h1.    11.455371: a: b\n", /HTML/],
  ["text of an old Mac", shippedText("6.17-s1-one").replaceAll("\n", "\r"), /carriage return/],
  ["text of any other form", "nothing of the kind\n", /irqtwin reads/],
  ["Intel's table", " Posted Interrupt supported on IOMMU: dmar0\n", /remapping table/],
  ["perf kvm stat", "Analyze events for all VMs, all VCPUs:\n", /perf kvm stat/],
  ["a trace of QEMU", "4868@1700000000.123456:vfio_msi_interrupt  (x) vector 0\n", /QEMU/],
  ["a trace of Xen", "CPU0  1001234567 (+    1234)  runnable_to_running [ x ]\n", /Xen/],
  ["events without the pid", "vmm [012] 98222.234315: kvm_set_irq: gsi 4 level 1\n", /cut off/],
  ["events without the task", " 220.696238: kvm_entry: vcpu 0, rip 0x406a89\n", /cut off/],
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
