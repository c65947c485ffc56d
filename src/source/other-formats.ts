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
    says: "this is text in UTF-16, as PowerShell writes it: convert it with `iconv -f UTF-16 -t UTF-8` and import the result",
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
    pattern: /^ *\d+\.\d{3} (?:.{0,60}\/\d+ )?\w+:\w+\(/m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the output of perf trace, which has no CPU: record with `perf record -a` and import what `perf script --ns` prints",
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

/** Throws ERR_FORMAT_UNKNOWN where a text is one that a mail program has encoded: values would be read wrongly. */
export function refuseEncoded(text: string): void {
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

/** Throws that none of the `lines` first lines is an event's, with the name of what the text is, if that is known. */
export function refuseText(head: Buffer, lines: number): never {
  // A dump of the ring may stand far below the beginning of a serial log.
  const text = head.toString("latin1");
  const known = TEXTS.find(({ pattern }) => pattern.test(text));
  if (known === undefined && head.includes(0))
    throw new TwinError("ERR_FORMAT_UNKNOWN", `the input is binary: ${TRACE_TEXT}`);
  throw new TwinError(
    known?.code ?? "ERR_FORMAT_UNKNOWN",
    known?.says ??
      `none of ${lines} lines looks like ftrace's \`comm-pid [cpu] flags time: event: ...\``,
  );
}
