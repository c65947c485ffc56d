// What a timeline holds, whether it can be trusted, and whether posting is in use at the end.

import { platformOf } from "../../platforms/registry.js";
import { ownRules } from "../../domain/platform/read-by.js";
import type Database from "better-sqlite3";
import { all, q } from "../../timeline/store/sql.js";
import { chainHead, type ChainPosition } from "../../timeline/integrity/chain.js";
import { vmName } from "../../domain/values/names.js";
import { betterCommand, captureOf, type Capture } from "./capture.js";
import { directory, type Directory } from "../../timeline/read/directory.js";
import { doubtsOf, type Doubt } from "../../timeline/read/doubts.js";
import { gaps } from "../../timeline/read/gaps.js";
import { recordings, type Recording } from "../../timeline/read/recordings.js";
import { describeAt } from "../state/describe.js";
import { cannotDecide, coverage, probeLevel, type Coverage } from "./coverage.js";
import { type ProbeLevel } from "../../domain/platform/facts.js";
import { interruptsOf, type Interrupt } from "./interrupts.js";

/** One recording in the document of `info --json`. Times are in the recording's clock unit, as text. */
export interface InfoRecording {
  readonly recording_id: number;
  readonly state: string;
  /** The recording that it corrects, and the one that corrects it; null = none. */
  readonly supersedes: number | null;
  readonly superseded_by: number | null;
  readonly file: string;
  readonly sha256: string | null;
  readonly format: string;
  readonly kernel: string | null;
  /** Id of the platform whose tables it shows. */
  readonly platform: string;
  /** Its own profile; null = unknown, or not told. */
  readonly rules: string | null;
  /** The profiles by which it may be judged, oldest first. */
  readonly rules_allowed: readonly string[];
  /** The profile by which its lines are read; null = none, or the allowed ones do not read alike. */
  readonly rules_read: string | null;
  readonly rules_from: string;
  readonly clock_unit: "ns" | "ticks";
  readonly first_ns: string | null;
  readonly last_ns: string | null;
  readonly first_seq: number;
  readonly last_seq: number | null;
  readonly lines: Recording["lines"];
  readonly unknown_names: Readonly<Record<string, number>>;
  readonly time_anomalies: number;
  /** The lines were put in the order of their stamps. */
  readonly sorted: boolean;
  /** How many entries of the trace the file lacks; 0 = some, null = none that is known of. */
  readonly left_out: number | null;
  /** Why the recording may not be what the kernel wrote. */
  readonly doubts: readonly Doubt[];
  readonly gaps: number;
  readonly overwritten: number;
  readonly probes: ProbeLevel;
  /** What the recording leaves open, one sentence each. */
  readonly cannot_decide: readonly string[];
  readonly coverage: Coverage;
  /** What the capture script wrote of it; null = it was not made by one. */
  readonly capture: Capture | null;
  /** The command that would have made a better recording; null = none would, as far as is known. */
  readonly better: string | null;
  /** How many VMs, vCPUs and IRTEs are known at the end of the recording. */
  readonly vms: number;
  readonly vcpus: number;
  readonly irtes: number;
  /** AVIC inhibits that were changed last of a VM which no line names; null = there is no such change. */
  readonly unnamed_inhibits: readonly string[] | null;
  readonly interrupts: readonly Interrupt[];
  /** The VMs that have names of their own. */
  readonly vm_names: readonly { readonly vm: string; readonly name: string }[];
}

/** The document of `info --json`. */
export interface Info {
  /** The last link of the hash chain; null = there is none. */
  readonly head: ChainPosition | null;
  /** Oldest first. */
  readonly recordings: readonly InfoRecording[];
}

/** What a timeline holds; `only`: the one recording to tell of. */
export function info(sqlite: Database.Database, only?: number): Info {
  return {
    head: chainHead(sqlite),
    recordings: recordings(sqlite)
      .filter(({ id }) => only === undefined || id === only)
      .map((recording) => ({
        ...storedFacts(recording),
        ...lineFacts(sqlite, recording),
        ...endFacts(sqlite, recording),
      })),
  };
}

type LineFacts = Pick<
  InfoRecording,
  "unknown_names" | "time_anomalies" | "gaps" | "overwritten" | "sorted" | "left_out" | "doubts"
>;
type EndFacts = Pick<
  InfoRecording,
  | "probes"
  | "cannot_decide"
  | "coverage"
  | "vms"
  | "vcpus"
  | "irtes"
  | "unnamed_inhibits"
  | "interrupts"
  | "capture"
  | "better"
  | "vm_names"
>;
type StoredFacts = Omit<InfoRecording, keyof LineFacts | keyof EndFacts>;

/** What the recording's own row says. */
function storedFacts(recording: Recording): StoredFacts {
  return {
    recording_id: recording.id,
    state: recording.state,
    supersedes: recording.supersedes,
    superseded_by: recording.supersededBy,
    file: recording.file,
    sha256: recording.sha256,
    format: recording.format,
    kernel: recording.kernel,
    platform: recording.platform,
    rules: ownRules(recording),
    rules_allowed: recording.rulesAllowed,
    rules_read: recording.rules,
    rules_from: recording.rulesFrom,
    clock_unit: recording.clockUnit,
    first_ns: recording.first === null ? null : String(recording.first),
    last_ns: recording.last === null ? null : String(recording.last),
    first_seq: recording.firstSeq,
    last_seq: recording.lastSeq,
    lines: recording.lines,
  };
}

/** What may be wrong with the lines of the trace. */
function lineFacts(sqlite: Database.Database, recording: Recording): LineFacts {
  const unknown = all(
    sqlite,
    q
      .selectFrom("recording_name")
      .select(["name", "unused"])
      .where("recording_id", "=", recording.id)
      .where("known", "=", 0),
  );
  return {
    unknown_names: Object.fromEntries(unknown.map(({ name, unused }) => [name, unused])),
    time_anomalies: recording.timeAnomalies,
    sorted: recording.isSorted,
    left_out: recording.leftOut,
    doubts: doubtsOf(sqlite, recording),
    gaps: gaps(sqlite, recording).length,
    overwritten: recording.overwritten,
  };
}

function vmNames({ vms }: Directory): InfoRecording["vm_names"] {
  return [...vms.values()].flatMap(({ vm_id, kvm, name }) =>
    name === null ? [] : [{ vm: vm_id === null ? `kvm@${kvm ?? "?"}` : vmName(vm_id), name }],
  );
}

/** What the recording can tell, and what is there at its end. */
function endFacts(sqlite: Database.Database, recording: Recording): EndFacts {
  const who = directory(sqlite, recording);
  const moment = { seq: recording.lastSeq ?? recording.firstSeq - 1, time: recording.last ?? 0n };
  const end = describeAt(sqlite, recording, who, moment);
  const { vms, unnamedInhibits } = end.state.kvm;
  const capture = captureOf(sqlite, recording);
  return {
    capture,
    better: betterCommand(recording, who, capture),
    vm_names: vmNames(who),
    probes: probeLevel(recording, who),
    cannot_decide: cannotDecide(who, recording),
    coverage: coverage(sqlite, recording, who),
    vms: vms.size,
    unnamed_inhibits:
      unnamedInhibits === null
        ? null
        : platformOf(recording).inhibitNames(unnamedInhibits.inhibits),
    vcpus: end.document.vcpus.length,
    irtes: end.document.irtes.length,
    interrupts: interruptsOf(end, who, recording),
  };
}
