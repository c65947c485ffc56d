// irqtwin capture

import { EXIT, TwinError } from "../base/errors.js";
import {
  DEFAULT_OPTIONS,
  LEVELS,
  bpftraceScript,
  captureScript,
  copyLines,
  drgnScript,
  planCapture,
  type Capture,
  type HostFiles,
  type ScriptOptions,
} from "../index.js";
import { captureDocument, dryRun, warnings } from "./capture-output.js";
import { type Arguments, type Command } from "./command.js";
import { Output, say } from "./output.js";

/** `irqtwin capture`: a script that records on a given host. */
export const captureCommand: Command = {
  name: "capture",
  operands: "",
  json: "document",
  summary: "print a shell script that records on this host, or on one whose files you have",
  details: [
    "Reads the kernel's BTF, /proc/kallsyms and tracefs, finds the symbols that this kernel has, takes the",
    "offsets from BTF, and prints a POSIX shell script that needs sh, cat and gzip. It sets nothing itself.",
    "Probes inside of functions are found in the kernel's code (/proc/kcore as root, or --vmlinux).",
    "For a host without Node: copy its files with the lines that --files prints, and give --root.",
    "--drgn prints a script of another kind: it dumps what the host holds, for `import --anchor`.",
  ].join("\n"),
  options: {
    level: {
      type: "string",
      value: "SET",
      help: `the probes: ${LEVELS.join(", ")} (default: full)`,
    },
    "dry-run": {
      type: "boolean",
      help: "say what is set, what is missing and what that leaves open",
    },
    bpftrace: {
      type: "boolean",
      help: "print a script for `bpftrace -f json` instead, for a host where ftrace is taken",
    },
    drgn: {
      type: "boolean",
      help: "print a script for drgn instead, which dumps the host's state for import --anchor",
    },
    files: { type: "boolean", help: "print the lines that copy the files from a host" },
    root: { type: "string", value: "DIR", help: "a copy of the host's files (default: /)" },
    btf: {
      type: "string",
      value: "DIR",
      help: "a copy of /sys/kernel/btf, together with --kallsyms",
    },
    kallsyms: {
      type: "string",
      value: "FILE",
      help: "a copy of /proc/kallsyms, together with --btf",
    },
    vmlinux: { type: "string", value: "FILE", help: "the kernel's ELF file, plain or .gz" },
    release: { type: "string", value: "R", help: "what `uname -r` prints on the host" },
    seconds: {
      type: "string",
      value: "N",
      help: "the script records so long (default: until Ctrl-C)",
    },
    flight: {
      type: "boolean",
      help: "the script keeps the newest events, and saves them when asked",
    },
    vm: { type: "string", value: "PID", help: "the script records one VM, by the pid of its VMM" },
    anonymous: { type: "boolean", help: "the script writes no names of hosts and VMs" },
    cost: { type: "boolean", help: "the script measures what recording costs" },
    buffer: { type: "string", value: "KB", help: "the ring buffer of each CPU (default: 8192)" },
    clock: { type: "string", value: "NAME", help: "ftrace's clock (default: mono)" },
  },
  examples: [
    "irqtwin capture >record.sh && sh record.sh",
    "irqtwin capture --dry-run --level standard",
    "irqtwin capture --bpftrace >record.bt && bpftrace -f json -o trace.json record.bt",
    "irqtwin capture --drgn >state.py && drgn state.py >state.json",
    "irqtwin capture --files",
    "irqtwin capture --root host --seconds 60 >record.sh",
    "irqtwin capture --btf btf --kallsyms kallsyms --release 6.12.107+deb13-amd64 --json",
  ],
  isUnpaged: true,
  run,
};

function run(args: Arguments): Promise<number> {
  const output = new Output();
  if (args.flag("drgn")) output.line(onlyDrgn(args).trimEnd());
  else if (args.flag("files")) for (const line of copyLines()) output.line(line);
  else print(args, output);
  output.flush();
  return Promise.resolve(EXIT.ok);
}

/** The script for drgn, which is the same for every kernel. */
function onlyDrgn(args: Arguments): string {
  const others = ["json", ...Object.keys(captureCommand.options)].filter((name) => name !== "drgn");
  const given = others.find((name) => args.flag(name) || args.text(name) !== undefined);
  if (given === undefined) return drgnScript();
  throw new TwinError(
    "ERR_USAGE",
    `--drgn takes no other option: its script is the same for every kernel, so leave out --${given}`,
  );
}

function print(args: Arguments, output: Output): void {
  const level = args.choice("level", LEVELS, "full");
  const options = scriptOptions(args);
  if (args.flag("bpftrace")) refuseWithBpftrace(args);
  const capture = planCapture(hostFiles(args), level);
  const script = args.flag("dry-run") ? null : scriptOf(args, capture, options);
  if (args.flag("json")) output.json(captureDocument(capture, script));
  else if (script === null) for (const line of dryRun(capture)) output.line(line);
  else {
    refuseNothing(capture.plan.probes.length);
    for (const warning of warnings(capture)) say(`warning: ${warning}`);
    output.line(script.trimEnd());
  }
}

/** The script that is asked for; what bpftrace cannot print of its plan is a warning. */
function scriptOf(args: Arguments, { plan }: Capture, options: ScriptOptions): string {
  if (!args.flag("bpftrace")) return captureScript(plan, options);
  const { text, without } = bpftraceScript(plan, options);
  if (without.length > 0)
    say(`warning: bpftrace cannot print these of the plan: ${without.join(", ")}`);
  return text;
}

/** What only the recorder for ftrace can do. */
const FTRACE_ONLY = ["flight", "vm", "anonymous", "cost", "buffer", "clock"] as const;

function refuseWithBpftrace(args: Arguments): void {
  const given = FTRACE_ONLY.find((name) => args.flag(name) || args.text(name) !== undefined);
  if (given !== undefined)
    throw new TwinError(
      "ERR_USAGE",
      `--${given} is of the script for ftrace, and --bpftrace of another`,
    );
}

/** A script without a probe would record nothing that irqtwin reads. */
function refuseNothing(probes: number): void {
  if (probes > 0) return;
  throw new TwinError(
    "ERR_KALLSYMS",
    "none of the probes can be set on this kernel: `irqtwin capture --dry-run` says why for each",
  );
}

function hostFiles(args: Arguments): HostFiles {
  const [btf, kallsyms] = [args.text("btf") ?? null, args.text("kallsyms") ?? null];
  const root = args.text("root");
  if ((btf === null) !== (kallsyms === null))
    throw new TwinError(
      "ERR_USAGE",
      `--${btf === null ? "kallsyms" : "btf"} alone says only half of the kernel: give --btf DIR and --kallsyms FILE of the same host`,
    );
  if (btf !== null && root !== undefined)
    throw new TwinError("ERR_USAGE", "--root and --btf name two hosts: give one of them");
  return {
    root: root ?? "/",
    btf,
    kallsyms,
    vmlinux: args.text("vmlinux") ?? null,
    release: releaseGiven(args),
  };
}

function releaseGiven(args: Arguments): string | null {
  const release = args.text("release");
  if (release === undefined) return null;
  if (/^\d+\.\d+\S*$/.test(release)) return release;
  throw new TwinError(
    "ERR_USAGE",
    `--release ${release} is no kernel release: it is what \`uname -r\` prints, such as 6.12.107+deb13-amd64`,
  );
}

function scriptOptions(args: Arguments): ScriptOptions {
  if (args.flag("flight") && args.flag("cost"))
    throw new TwinError("ERR_USAGE", "--flight and --cost are two jobs: name one");
  return {
    seconds: positive(args, "seconds"),
    bufferKb: positive(args, "buffer") ?? DEFAULT_OPTIONS.bufferKb,
    clock: clockGiven(args),
    vmPid: positive(args, "vm"),
    isAnonymous: args.flag("anonymous"),
    isFlight: args.flag("flight"),
    isCost: args.flag("cost"),
  };
}

function positive(args: Arguments, name: string): number | null {
  const count = args.count(name);
  if (count === 0)
    throw new TwinError("ERR_USAGE", `--${name} 0 is too few: it must be 1 at least`);
  return count ?? null;
}

/** The clocks of ftrace whose stamps are absolute. */
const CLOCKS = ["mono", "mono_raw", "boot", "tai", "local", "global", "x86-tsc"] as const;

function clockGiven(args: Arguments): string | null {
  return args.text("clock") === undefined ? null : args.choice("clock", CLOCKS, "mono");
}
