// What the capture script's header says of a recording, and which command would make a better one.

import type Database from "better-sqlite3";
import { LEVELS, type Level } from "../../domain/platform/facts.js";
import { findPlatform } from "../../platforms/registry.js";
import { type Directory } from "../../timeline/read/directory.js";
import {
  headerLines,
  namesSet,
  unusedHeaderLines,
  type StoredHeaderLine,
} from "../../timeline/read/header.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** A probe that the kernel refused, and why. */
export interface Refused {
  /** The name of the probe. */
  readonly name: string;
  /** What the kernel said. */
  readonly reason: string;
}

/** Events that the ring of one CPU lost. */
export interface CpuLoss {
  /** The number of the CPU, as text. */
  readonly cpu: string;
  /** How many old events were overwritten (`overrun` of per_cpu/cpuN/stats), as text. */
  readonly overrun: string;
  /** How many new events found no room (`dropped events` there), as text. */
  readonly dropped: string;
}

/** What the capture script wrote of a recording; null = it does not say. */
export interface RecordedCapture {
  /** The host's name. */
  readonly host: string | null;
  /** The id of the boot (/proc/sys/kernel/random/boot_id). */
  readonly boot_id: string | null;
  /** ftrace's clock (trace_clock), such as `mono`. */
  readonly clock: string | null;
  /** The frequency of the TSC in kHz, as text. */
  readonly tsc_khz: string | null;
  /** The set of probes: minimal, standard or full. */
  readonly level: string | null;
  /** What was left out on purpose. */
  readonly only: string | null;
  /** The start by the wall clock, in seconds since 1970. */
  readonly start_wall: string | null;
  /** The start by the trace clock, as the capture script read it. */
  readonly start_trace: string | null;
  /** How many probes and tracepoints were set. */
  readonly set: number;
  /** The probes that the kernel refused. */
  readonly refused: readonly Refused[];
  /** Probes whose registers were not verified on this build. */
  readonly unverified: readonly string[];
  /** The CPUs that lost events. */
  readonly losses: readonly CpuLoss[];
  /** Lines of the kernel's log that came during the recording. */
  readonly dmesg: readonly string[];
  /** VMs that ran already. */
  readonly vms: number;
  /** Lines of the header that could not be used: see v_header. */
  readonly unused_lines: number;
}

/** Where a recording comes from, as its header says. */
export interface CaptureDocument {
  /** The recording. */
  readonly recording_id: number;
  /** What the capture script wrote of it; null = it was not made by one. */
  readonly capture: RecordedCapture | null;
}

/** What the header of a recording says; null = it has none. */
export function captureOf(sqlite: Database.Database, recording: Recording): RecordedCapture | null {
  const lines = headerLines(sqlite, recording);
  const unused_lines = unusedHeaderLines(sqlite, recording);
  if (lines.length + unused_lines === 0) return null;
  const of = (key: string): readonly StoredHeaderLine[] => lines.filter((each) => each.key === key);
  const text = (key: string): string | null => of(key)[0]?.value ?? null;
  const [start] = of("start");
  return {
    host: text("host"),
    boot_id: text("boot_id"),
    clock: text("clock"),
    tsc_khz: text("tsc_khz"),
    level: text("level"),
    only: text("only"),
    start_wall: start?.words.get("wall") ?? null,
    start_trace: start?.words.get("trace") ?? null,
    set: namesSet(lines).size,
    refused: of("refused").map((line) => ({
      name: word(line, "name"),
      reason: word(line, "reason"),
    })),
    unverified: of("unverified").map((line) => word(line, "name")),
    losses: of("loss").map(lossOf).filter(isLoss),
    dmesg: of("dmesg").map(({ value }) => value),
    vms: atBegin(lines).filter(({ key }) => key === "vm").length,
    unused_lines,
  };
}

/** The lines above those of what is there at the end. */
function atBegin(lines: readonly StoredHeaderLine[]): readonly StoredHeaderLine[] {
  const end = lines.findIndex(({ key, words }) => key === "standing" && words.get("at") === "end");
  return end < 0 ? lines : lines.slice(0, end);
}

function word({ words }: StoredHeaderLine, name: string): string {
  return words.get(name) ?? "";
}

function lossOf(line: StoredHeaderLine): CpuLoss {
  return {
    cpu: word(line, "cpu"),
    overrun: word(line, "overrun"),
    dropped: word(line, "dropped"),
  };
}

function isLoss({ overrun, dropped }: CpuLoss): boolean {
  return Number(overrun) > 0 || Number(dropped) > 0;
}

/** The command that would have made a better recording of the host; null = none would, as far as is known. */
export function betterCommand(
  recording: Recording,
  who: Directory,
  capture: RecordedCapture | null,
): string | null {
  const platform = findPlatform(recording.platform);
  if (recording.state !== "complete" || platform?.isCaptured !== true) return null;
  const refused = new Set(capture?.refused.map(({ name }) => name));
  const missing = platform
    .undecided((name) => who.names.has(name))
    .filter(({ name }) => !refused.has(name))
    .flatMap(({ level }) => level ?? []);
  const level = highest(missing);
  const buffer = capture === null || capture.losses.length === 0 ? "" : " --buffer KB";
  if (level === null && buffer === "") return null;
  return `irqtwin capture --level ${level ?? capture?.level ?? "full"}${buffer}`;
}

function highest(levels: readonly Level[]): Level | null {
  return LEVELS.findLast((level) => levels.includes(level)) ?? null;
}
