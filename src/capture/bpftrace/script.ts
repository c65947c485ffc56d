// Makes the bpftrace script that records: each probe and tracepoint of a plan, printed as ftrace would print it, which is
// what `bpftrace -f json` puts into its lines.

import { PROBE } from "../../domain/amd/probes/probes.js";
import { type CapturePlan, type PlannedProbe } from "../plan.js";
import { argumentOf, parameterAtEntry, type BpftraceArgument } from "./argument.js";
import { LOADED, TRACEPOINT_WORDS, type TracepointField } from "./tracepoints.js";

/** What stands in front of each event, as ftrace prints it without flags. */
const FRONT = "%16s-%-7d [%03d] %d.%09d: ";
/** `nsecs` is read once: two readings may lie on two sides of a second. */
const FRONT_VALUES = "comm, tid, cpu, $now / 1000000000, $now % 1000000000";
/** bpftrace's own buffers are small for a host with many interrupts. */
const BUFFER_PAGES = 1024;

/** Functions after whose entry a task has a vCPU loaded, and after which it has not. */
const LOADS: readonly string[] = [PROBE.svm_vcpu_load, PROBE.avic_vcpu_load];
const PUTS: readonly string[] = [PROBE.svm_vcpu_put, PROBE.avic_vcpu_put];

/** What a script does besides. */
export interface BpftraceOptions {
  /** Ends after so many seconds; null = when it is stopped. */
  readonly seconds: number | null;
}

/** A script, and what it leaves out of its plan. */
export interface BpftraceScript {
  /** The script. */
  readonly text: string;
  /** The probes and tracepoints of the plan that bpftrace cannot print. */
  readonly without: readonly string[];
}

/** The script that sets the probes of the plan, for `bpftrace -f json`. */
export function bpftraceScript(plan: CapturePlan, { seconds }: BpftraceOptions): BpftraceScript {
  const probes = plan.probes.map((probe) => [probe.name, probeBlocks(probe)] as const);
  const follows = loadedBlocks(plan.probes);
  const tracepoints = plan.tracepoints.map(
    ({ system, name }) =>
      [
        name,
        name === PROBE.sched_switch && follows === null ? null : tracepoint(system, name),
      ] as const,
  );
  const blocks = [...probes, ...tracepoints];
  return {
    text: [
      ...head(plan),
      ...(follows ?? []),
      ...blocks.flatMap(([, block]) => block ?? []),
      ...(seconds === null ? [] : [`interval:s:${String(seconds)} { exit(); }`, ""]),
      `END { clear(${LOADED}); }`,
      "",
    ].join("\n"),
    without: blocks.flatMap(([name, block]) => (block === null ? [name] : [])),
  };
}

function head({ release }: CapturePlan): readonly string[] {
  const kernel = release === null ? [] : [`  printf("# irqtwin kernel: ${quoted(release)}\\n");`];
  return [
    "#!/usr/bin/env -S bpftrace -f json",
    "// Records posted interrupts on an AMD host with bpftrace, for irqtwin:",
    `//   BPFTRACE_PERF_RB_PAGES=${String(BUFFER_PAGES)} bpftrace -f json -o trace.json THIS_FILE`,
    "//   irqtwin import trace.json",
    "// The offsets are those of one kernel: run it there. It writes nothing but its output.",
    "",
    "BEGIN {",
    `  ${LOADED}[0] = 0;`,
    ...kernel,
    "}",
    "",
  ];
}

/** Keeps which tasks have a vCPU loaded; null = no probe of the plan tells. */
function loadedBlocks(probes: readonly PlannedProbe[]): readonly string[] | null {
  const symbolsOf = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => probes.find((probe) => probe.name === name)?.symbol ?? []);
  const loads = symbolsOf(LOADS).slice(0, 1);
  const puts = symbolsOf(PUTS).slice(0, 1);
  if (loads.length === 0 || puts.length === 0) return null;
  return [
    ...loads.map((symbol) => `kprobe:${symbol} { ${LOADED}[(uint64)tid] = 1; }`),
    ...puts.map((symbol) => `kretprobe:${symbol} { delete(${LOADED}[(uint64)tid]); }`),
    "",
  ];
}

/** A probe of the plan; null = one of its arguments has no words in bpftrace. */
function probeBlocks({ name, definition, symbol }: PlannedProbe): readonly string[] | null {
  const [kind = "", place = "", ...fields] = definition.split(" ");
  const isReturn = kind.startsWith("r");
  const saved = (number: number): string => `@${name}_${String(number)}[(uint64)tid]`;
  const read = fields.map((field) => argumentOf(field, isReturn ? saved : parameterAtEntry));
  const values = read.flatMap((argument) => argument ?? []);
  if (values.length < read.length) return null;
  const where = place.replace(/^.*:/, "");
  const front = isReturn ? `(0x0 <- ${symbol})` : `(${symbol}+0x0/0x0)`;
  if (!isReturn) return [...block(`kprobe:${where}`, name, front, values), ""];
  const parameters = [...new Set(values.flatMap((argument) => argument.parameters))];
  return [
    ...returnBlocks(where, parameters.map(saved), parameters, (filter) =>
      block(`kretprobe:${where}${filter}`, name, front, values, parameters.map(saved)),
    ),
    "",
  ];
}

/** A return knows no parameters: they are kept from the entry on. */
function returnBlocks(
  where: string,
  places: readonly string[],
  parameters: readonly number[],
  print: (filter: string) => readonly string[],
): readonly string[] {
  const [first] = places;
  if (first === undefined) return print("");
  const kept = parameters.map((number, i) => `  ${places[i] ?? ""} = ${parameterAtEntry(number)};`);
  return [`kprobe:${where} {`, ...kept, "}", ...print(` /${first}/`)];
}

function block(
  probe: string,
  name: string,
  front: string,
  values: readonly (BpftraceArgument | (TracepointField & { readonly value: string }))[],
  forgotten: readonly string[] = [],
): readonly string[] {
  const formats = values.map((value) => `${value.name}=${value.format}`);
  const text = [`${FRONT}${name}:`, ...(front === "" ? [] : [front]), ...formats].join(" ");
  const words = [FRONT_VALUES, ...values.map(({ value }) => value)].join(", ");
  return [
    `${probe} {`,
    "  $now = nsecs;",
    `  printf("${text}\\n", ${words});`,
    ...forgotten.map((place) => `  delete(${place});`),
    "}",
  ];
}

/** null = its fields are not known here. */
function tracepoint(system: string, name: string): readonly string[] | null {
  const words = TRACEPOINT_WORDS[name];
  if (words === undefined) return null;
  const filter = words.filter === undefined ? "" : ` /${words.filter}/`;
  const values = words.fields.map((field) => ({
    ...field,
    value: field.value ?? `args->${field.name}`,
  }));
  return [...block(`tracepoint:${system}:${name}${filter}`, name, "", values), ""];
}

/** A release in a string of bpftrace. */
function quoted(text: string): string {
  return text.replace(/[^\w.+~-]/g, "");
}
