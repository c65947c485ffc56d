// What `perf script` prints of the events of an ftrace recording.

import { PROBES } from "../../src/domain/amd/probes/probes.js";

/** How it is told to print them. */
export interface PerfOptions {
  /** Nine decimals. */
  readonly ns?: boolean;
  /** `pid/tid` in the place of `tid`. */
  readonly withPid?: boolean;
  /** The group of the probes. */
  readonly group?: string;
}

const LINE = /^(.{16})-(\d+) +\[(\d+)\] \S+ +([\d.]+): (\w+): (.*)$/;
const LOST = /^CPU:(\d+) \[LOST (\d+) EVENTS\]$/;

const GROUPS: ReadonlyMap<string, string> = new Map(
  PROBES.flatMap(({ name, system }) => (system === null ? [] : [[name, system] as const])),
);

/** `(function+0x4/0x290 [kvm])` and `(caller+0x9/0x20 <- function)` are bare addresses in perf's words. */
function payloadOf(text: string): string {
  return text
    .replace(/^\([^()]* <- [^()]*\)/, "(ffffffffc0a12345 <- ffffffffc0b54320)")
    .replace(/^\([\w.]+\+0x[^()]*\)/, "(ffffffffc0a12345)");
}

/** The time as seconds with nine decimals: of a counter clock, a tick is a nanosecond. */
function nanosecondsOf(time: string): string {
  if (!time.includes(".")) return `${time.slice(0, -9) || "0"}.${time.slice(-9).padStart(9, "0")}`;
  const [whole = "", fraction = ""] = time.split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}

/** The lines of an ftrace recording with times as perf prints them; all that is not an event or a marker is left out. */
export function inSeconds(text: string, { ns = false }: PerfOptions = {}): string {
  const lines = text.split("\n").filter((line) => LINE.test(line) || LOST.test(line));
  const timed = lines.map((line) =>
    line.replace(/(\] \S+ +)([\d.]+): /, (_, front: string, time: string) => {
      const stamp = nanosecondsOf(time);
      return `${front}${ns ? stamp : stamp.slice(0, -3)}: `;
    }),
  );
  return `${timed.join("\n")}\n`;
}

/** The text as `perf script` prints the same events. */
export function perfScript(text: string, options: PerfOptions = {}): string {
  let last = "";
  const lines = inSeconds(text, options)
    .trimEnd()
    .split("\n")
    .map((line) => {
      const lost = LOST.exec(line);
      if (lost === null) return (last = perfLine(line, options));
      const cpu = String(lost[1]).padStart(3, "0");
      const front = last.replace(/^(.{16} .*?)\[\d+\](.*?\d: ).*$/, `$1[${cpu}]$2`);
      return `${front}PERF_RECORD_LOST lost ${lost[2]}`;
    });
  return `${lines.join("\n")}\n`;
}

function perfLine(line: string, { withPid = false, group = "probe" }: PerfOptions): string {
  const [, padded = "", pid = "", cpu, time = "", name = "", payload = ""] = LINE.exec(line) ?? [];
  const comm = padded.trim().replace("<idle>", "swapper").replace("<...>", `:${pid}`);
  const tid = withPid ? `${pid.padStart(7)}/${pid.padEnd(7)}` : pid.padStart(7);
  const isMarker = name === "tracing_mark_write";
  const event = isMarker ? "ftrace:print" : `${GROUPS.get(name) ?? group}:${name}`;
  const body = isMarker ? `tracing_mark_write: ${payload}` : payloadOf(payload);
  return `${comm.padStart(16)} ${tid} [${cpu}] ${time.padStart(12)}: ${event.padStart(24)}: ${body}`;
}
