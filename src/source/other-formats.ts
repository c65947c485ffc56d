// What is no recording in a format that is read, by its name, with what to do instead.

import { TwinError } from "../base/errors.js";

interface Binary {
  /** Bytes that it begins with, in hexadecimal. */
  readonly magic: string;
  /** At which offset they stand. Absent = at the beginning. */
  readonly at?: number;
  readonly says: string;
}

const TRACE_TEXT =
  "irqtwin reads trace-cmd's trace.dat, the text of ftrace (its files trace and trace_pipe), and that of `perf script`";
/** How `perf script` is run to print what is read. */
export const PERF_SCRIPT = "run `perf script --ns -F comm,pid,tid,cpu,time,event,trace`";
const NO_TRACER = "record with `echo nop > current_tracer`, and with events or probes";

const UTF_16 =
  "this is text in UTF-16, as PowerShell writes it: convert it with `iconv -f UTF-16 -t UTF-8` and import the result";

/** Binary formats. The first one whose bytes are there counts. */
const BINARIES: readonly Binary[] = [
  {
    magic: "50455246494c4532",
    says: "this is perf's binary perf.data: run `perf script --ns -i FILE` and import what it prints",
  },
  {
    magic: "5045524646494c45",
    says: "this is perf's binary perf.data of an old version: run `perf script -i FILE` and import what it prints",
  },
  {
    magic: "53514c69746520666f726d6174203300",
    says: "this is a SQLite file: if it is a timeline of irqtwin, it is opened (`file`) and not imported",
  },
  {
    magic: "7f454c46",
    says: `this is an ELF file (a program, a vmlinux or a vmcore) and no trace: ${TRACE_TEXT}`,
  },
  ...["d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a"].map((magic) => ({
    magic,
    says: `this is a capture of network packets (pcap) and no trace: ${TRACE_TEXT}`,
  })),
  ...["1f8b", "fd377a585a", "28b52ffd"].map((magic) => ({
    magic,
    says: "this is compressed twice: decompress it once and import the result",
  })),
  {
    magic: "314159265359",
    at: 4,
    says: "this is bzip2 data: decompress it with `bunzip2` and import the result",
  },
  { magic: "504b0304", says: "this is a zip archive: unpack it and import the trace in it" },
  {
    magic: "7573746172",
    at: 257,
    says: "this is a tar archive: unpack it and import the trace in it",
  },
  ...["fffe", "feff"].map((magic) => ({
    magic,
    says: UTF_16,
  })),
  ...["c1fc1fc1", "c11ffcc1"].map((magic) => ({
    magic,
    says: "this is a trace in CTF (LTTng): convert it to text with `babeltrace2`",
  })),
];

type TextCode = "ERR_FORMAT_UNKNOWN" | "ERR_FORMAT_LATENCY";

interface OtherText {
  readonly pattern: RegExp;
  readonly code: TextCode;
  readonly says: string;
}

/** The message in an entry of a journal, and in one of dmesg, as JSON. */
const JSON_MESSAGE = /^\{.{0,4000}"MESSAGE" ?: ?"|^ *"msg" ?: ?"/m;

/** Texts that hold the same events in a form that lacks what is needed, and texts that are no trace. */
const TEXTS: readonly OtherText[] = [
  {
    pattern: /^.{0,80}Dumping ftrace (?:buffer|instance \S+ buffer):/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the kernel's log with a dump of the ring (ftrace_dump) that has no entry which can be read",
  },
  {
    // vmm    4410   0 0 00000000 00000002 [00500123] 500.123ms (+0.027ms): event: ...
    pattern: / \[[0-9a-f]{8,16}\] \d+\.\d{3}ms \(\+\d+\.\d{3}ms\): /,
    code: "ERR_FORMAT_LATENCY",
    says: "this is ftrace's verbose latency format: record with `echo 0 > options/verbose`",
  },
  {
    // vmm  4410   500.000010:        kvm:event: ...
    pattern: /^ *\S.{0,30}? +\d+(?:\/\d+)? +\d+\.\d+: +(?:\d+ +)?\w+:\w+: /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the output of perf script without the CPU: run `perf script --ns -F comm,pid,tid,cpu,time,event,trace`",
  },
  {
    //   500.000010: vmm 4410 [000] kvm:event: ...
    pattern: /^ *(?:\S.{0,60}? +)?\d+\.\d{6}(?:\d{3})?: +(?:\S.{0,60}? +)?[a-z]\w*:\w+: /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the output of perf script without the task, the CPU or the time, or with them in another order: run `perf script --ns -F comm,pid,tid,cpu,time,event,trace`",
  },
  {
    //      0.092 node/32227 sched:sched_switch(prev_comm: "node", ...
    pattern:
      /^ *\d+\.\d{3} (?:\( *(?:\d+\.\d{3} ms)?\s*\): )?(?:.{0,60}\/\d+ )?(?:\w+:\w+[(:]|\w+\(.*\) += )/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the output of perf trace, which has no CPU: record with `perf record -a` and import what `perf script --ns` prints",
  },
  {
    // vmm  4410 [000] 2026-11-27 10:00:00.000010: kvm:event: ...
    pattern: / \[\d{3,}\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: +\w+:\w+:/,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of perf script with times of day: ${PERF_SCRIPT}`,
  },
  {
    // vmm  4410 [000] kvm:event: ...
    pattern:
      /^ *(?:\S.{0,30}? +\d+(?:\/\d+)? +\[\d{3,}\] +)?(?:kvm|sched|irq|msr|iommu|amd_iommu|probe|irq_vectors):\w+: /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of perf script without the task, the CPU or the time: ${PERF_SCRIPT}`,
  },
  {
    // 4410  500.000010 ioctl(12, KVM_RUN, 0) = 0
    pattern:
      /^(?:\[pid +\d+\] |\d+ +)?(?:\d+\.\d{6} |\d\d:\d\d:\d\d(?:\.\d+)? )?[a-z]\w+\(.*\) += (?:-?\d|0x|\?)/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of strace, which shows system calls: ${TRACE_TEXT}`,
  },
  {
    //  0)   0.123 us    |  avic_vcpu_load();
    pattern: /^# tracer: function_graph|^ *(?:\d+\.\d+ \| +)?\d+\) .{0,60}\| +(?:\w+\(\)|\})/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of ftrace's tracer function_graph, which shows calls: ${NO_TRACER}`,
  },
  {
    // vmm-4410 [000] ..... 500.000010: avic_vcpu_load <-svm_vcpu_load
    pattern: /^# tracer: function$|\] \S* *\d+\.\d{6}: \S+ <-\S+$/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of ftrace's tracer function, which shows calls: ${NO_TRACER}`,
  },
  {
    //   8,0    1        1     0.000000000   697  G   W 223490 + 8 [kjournald]
    pattern: /^# tracer: blk$|^VERSION 20070824$|^ *\d+,\d+ +\d+ +\d+ +\d+\.\d{9} +\d+ +[A-Z]+ /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the output of one of ftrace's tracers (blk, mmiotrace): ${NO_TRACER}`,
  },
  {
    pattern: /^ *Function +Hit +Time +Avg/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is what ftrace's function profiler counted (trace_stat), and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^# event histogram$|^\{ .*: .* \} hitcount: /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a histogram of ftrace's (hist), and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^name: \w+\nID: \d+\nformat:$/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is the format of an event, and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^entries: \d+\noverrun: \d+$|^Kernel buffer statistics:/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `these are the counts of a ring (per_cpu/cpuN/stats, trace-cmd report --stat), and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^usage:\s+trace-cmd /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the help of trace-cmd, which refused its options: import the trace.dat itself, or what `trace-cmd report` prints",
  },
  {
    pattern: /^(?:[\w-]+:\w+\n){3}/,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a list of events, and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^(?:[0-9a-f]{8,16} (?:\w )?\S+\n){3}/,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a list of symbols, and no trace: ${TRACE_TEXT}`,
  },
  {
    // 4410 0 500000010 # 1234 ...
    pattern: /^(?:\d{1,7} \d{1,4} \d{6,20}:? \S.*\n){3}/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is ftrace's text with the option raw, which names no event: record with `echo 0 > options/raw`",
  },
  {
    pattern: /^(?:(?:[0-9a-f]{2,16} ?){3,}\n){3}/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "these are numbers in hexadecimal, as ftrace prints them with the option hex: record with `echo 0 > options/hex`",
  },
  {
    // {"type": "attached_probes", "data": {"probes": 1}}
    pattern: /^\{"type": ?"\w+", ?"data":/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the JSON of another bpftrace script: record with the one that `irqtwin capture --bpftrace` prints",
  },
  {
    pattern: /^\s*[{[]\s*"?(?:traceEvents|displayTimeUnit)"/,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a trace of Chrome or Perfetto as JSON: ${TRACE_TEXT}`,
  },
  {
    pattern: /^ *(?:Posted|Remapped) Interrupt supported on IOMMU/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a dump of Intel's interrupt remapping table (debugfs), and no trace: ${TRACE_TEXT}`,
  },
  {
    pattern: /^Analyze events for |^kvm statistics|^ *Event name +Samples/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is what \`perf kvm stat\` or kvm_stat counted, and no trace: ${TRACE_TEXT}`,
  },
  {
    // 4868@1700000000.123456:vfio_msi_interrupt  (0000:03:00.0) ...
    pattern: /^\d+@\d+\.\d{6}:\w+ /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a trace of QEMU, which does not show the host's kernel: ${TRACE_TEXT}`,
  },
  {
    // CPU0  1001234567 (+    1234)  runnable_to_running ...
    pattern: /^(?:0x[0-9a-f]{8} +)?CPU\d+ +\d+ \(\+ *\d+\) /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: `this is a trace of Xen: ${TRACE_TEXT}`,
  },
  {
    // kvm_exit: reason hlt rip 0x4004ae ...
    pattern: /(?:^|[\s:])(?:kvm|avic|irte|sched|irq)_\w+: \S/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "these are events without the task, its pid, the CPU or the time, which were cut off, or stand in another order: import the lines as ftrace printed them (`comm-pid [cpu] flags time: event: ...`)",
  },
  {
    // [    0.000000] Linux version 6.17.13
    pattern: /^(?:<\d+>)?\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])? /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the kernel's log, and no dump of the ring (ftrace_dump) begins in its first 4 MiB: import it from the line `Dumping ftrace buffer:` on",
  },
];

/** Throws ERR_FORMAT_UNKNOWN, with its name, where the first bytes are those of a binary format. */
export function refuseBinary(head: Buffer): void {
  const known = BINARIES.find(({ magic, at = 0 }) => {
    const bytes = Buffer.from(magic, "hex");
    return head.subarray(at, at + bytes.length).equals(bytes);
  });
  if (known !== undefined) throw new TwinError("ERR_FORMAT_UNKNOWN", known.says);
}

/** A line that goes on below, and a sign of equality, as mail programs write them (RFC 2045, quoted-printable). */
const SOFT_BREAK = /[^=\r\n]=\r?\n/;
const ENCODED_SIGN = /\w=3D(?:0x[0-9a-f]|\d)/;

/** Names of tasks, and calls, with the brackets of HTML. */
const HTML_BRACKETS = /&lt;(?:idle|\.\.\.)&gt;-\d| &lt;- \w/;

/** Throws ERR_FORMAT_UNKNOWN where a text is one that another program has encoded: values would be read wrongly. */
export function refuseEncoded(text: string): void {
  if (HTML_BRACKETS.test(text))
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "the text is that of a web page (HTML), with `&lt;` for `<`: save the page as text, or decode it with `python3 -c 'import html,sys; sys.stdout.write(html.unescape(sys.stdin.read()))'`, and import the result",
    );
  if (!text.includes("\n") && /\r[^\r]+\r/.test(text))
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "the lines of the text end in a carriage return alone: convert it with `tr '\\r' '\\n'` and import the result",
    );
  if (ENCODED_SIGN.test(text) && SOFT_BREAK.test(text))
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "the text is encoded as mail programs send it (quoted-printable): decode it with `python3 -m quopri -d FILE` and import the result",
    );
}

/** Throws ERR_FORMAT_UNKNOWN where JSON stands around each message of a kernel's log: values would be read wrongly. */
export function refuseWrapped(text: string): void {
  if (JSON_MESSAGE.test(text))
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "this is the kernel's log as JSON: import what `journalctl -k -o short-monotonic` or `dmesg` prints",
    );
}

/** Is every other byte of the beginning zero? Such text may have no mark in front of it. */
function isUtf16(head: Buffer): boolean {
  const bytes = [...head.subarray(0, 64)];
  const zeros = (rest: number): boolean =>
    bytes.every((byte, i) => (byte === 0) === (i % 2 === rest));
  return bytes.length === 64 && (zeros(0) || zeros(1));
}

/** Throws that none of the `lines` first lines is an event's, with the name of what the text is, if that is known. */
export function refuseText(head: Buffer, lines: number): never {
  // A dump of the ring may stand far below the beginning of a serial log.
  const text = head.toString("latin1");
  const known = TEXTS.find(({ pattern }) => pattern.test(text));
  if (isUtf16(head)) throw new TwinError("ERR_FORMAT_UNKNOWN", UTF_16);
  if (known === undefined && head.includes(0))
    throw new TwinError("ERR_FORMAT_UNKNOWN", `the input is binary: ${TRACE_TEXT}`);
  throw new TwinError(
    known?.code ?? "ERR_FORMAT_UNKNOWN",
    known?.says ??
      `none of ${lines} lines looks like ftrace's \`comm-pid [cpu] flags time: event: ...\`: ${TRACE_TEXT}`,
  );
}
