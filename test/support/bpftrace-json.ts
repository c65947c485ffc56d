// What `bpftrace -f json` prints of the events of an ftrace recording, by the script that `irqtwin capture --bpftrace` makes.

import { PROBES } from "../../src/domain/amd/probes/probes.js";
import { TRACEPOINT_WORDS } from "../../src/capture/bpftrace/tracepoints.js";
import { inSeconds } from "./perf-script.js";
import { KERNEL_EVENTS } from "./trace-dat/kernel-events.js";

const LINE = /^(.{16}-\d+ +\[\d+\]) \S+( +[\d.]+: )(\w+): (.*)$/;
const LOST = /^CPU:\d+ \[LOST (\d+) EVENTS\]$/;

const TRACEPOINTS = new Set<string>(
  PROBES.filter(({ type }) => type === "tracepoint").map(({ name }) => name),
);

/** The lines that the script can print, with times in nanoseconds and without flags; markers of losses stay. */
export function carried(text: string): string {
  const lines = inSeconds(text, { ns: true })
    .trimEnd()
    .split("\n")
    .flatMap((line) => {
      const [, front, time, name = "", payload] = LINE.exec(line) ?? [];
      if (front === undefined) return [line];
      const isPrinted = !TRACEPOINTS.has(name) || name in TRACEPOINT_WORDS;
      return isPrinted ? [`${front}${time}${name}: ${payload}`] : [];
    });
  return `${lines.join("\n")}\n`;
}

/** The lines of JSON. */
export function bpftraceJson(text: string, release: string | null = null): string {
  const lines = carried(text).trimEnd().split("\n");
  const head = release === null ? [] : [printed(`# irqtwin kernel: ${release}`)];
  return `${[
    '{"type": "attached_probes", "data": {"probes": 101}}',
    ...head,
    ...lines.map((line) => {
      const [, lost] = LOST.exec(line) ?? [];
      return lost === undefined
        ? printed(
            line.replace(/(\d: )(\w+): (.*)$/, (_, time: string, name: string, payload: string) =>
              [`${time}${name}:`, wordsOf(name, payload)].join(" "),
            ),
          )
        : `{"type": "lost_events", "data": {"events": ${lost}}}`;
    }),
  ].join("\n")}\n`;
}

function printed(line: string): string {
  const escaped = `${line}\n`.replaceAll(/["\\\n\t]|[^\x20-\x7e]/g, (character) => {
    const known = { "\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\" }[character];
    const code = character.charCodeAt(0);
    return known ?? `\\u${(code > 0x7f ? 0xffffff00 + code : code).toString(16).padStart(4, "0")}`;
  });
  return `{"type": "printf", "data": "${escaped}"}`;
}

function wordsOf(name: string, payload: string): string {
  const words = TRACEPOINT_WORDS[name];
  if (words === undefined)
    return payload
      .replace(/^\([^()]* <- ([^()]*)\)/, "(0x0 <- $1)")
      .replace(/^\(([\w.]+)\+0x[^()]*\)/, "($1+0x0/0x0)");
  const values = fieldsOf(name, payload);
  return words.fields
    .map((field) => `${field.name}=${shown(field.format, values.get(field.name))}`)
    .join(" ");
}

function shown(format: string, value: bigint | undefined): string {
  if (value === undefined) throw new Error(`a field of the script is not in the recording`);
  return format.startsWith("0x") ? `0x${BigInt.asUintN(64, value).toString(16)}` : String(value);
}

/** The fields of a tracepoint, out of its text. */
function fieldsOf(name: string, payload: string): ReadonlyMap<string, bigint> {
  const kernel = KERNEL_EVENTS.find((each) => each.name === name && each.pattern.test(payload));
  const pairs =
    kernel === undefined
      ? Array.from(
          payload.matchAll(/(\w+)=(0x[0-9a-f]+|-?\d+)/g),
          ([, key = "", value = "0"]) => [key, value] as const,
        )
      : kernel
          .valuesOf(kernel.pattern.exec(payload) ?? [])
          .map((value, i) => [kernel.fields[i]?.name ?? "", value] as const);
  return new Map(
    pairs.flatMap(([key, value]) =>
      /^(?:0x[0-9a-f]+|-?\d+)$/.test(String(value)) ? [[key, BigInt(value)] as const] : [],
    ),
  );
}
