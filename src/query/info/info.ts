// What a timeline holds, whether it can be trusted, and whether posting is in use at a moment.

import { type FormatName } from "../../source/sniffed.js";
import { atOnce } from "../../base/steps.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { platformOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { type LineCounts } from "../../source/read-batch.js";
import { all, q } from "../../timeline/store/sql.js";
import { chainHead, type ChainPosition } from "../../timeline/integrity/chain.js";
import { vmName } from "../../domain/values/names.js";
import { anchorOf, type AnchorFile } from "../../timeline/read/header.js";
import { betterCommand, captureOf, type RecordedCapture } from "./capture.js";
import { Directory } from "../../timeline/read/directory.js";
import { doubtsOf, type Doubt } from "../../timeline/read/doubts.js";
import { gaps } from "../../timeline/read/gaps.js";
import { notesOf, type ImportNote } from "../../timeline/read/notes.js";
import { type RecordingDropped } from "../../timeline/read/kept-recordings.js";
import { recordedKernel, type RecordedKernel } from "../../timeline/read/recorded-kernel.js";
import { pickRecording, recordings, type Recording } from "../../timeline/read/recordings.js";
import { stateAt } from "../../timeline/read/state-at.js";
import { describeAt } from "../state/describe.js";
import { LIST_ALL, noSuch } from "../subject/named.js";
import { resolveWhen, type Moment, type When } from "../subject/when.js";
import { cannotDecide, coverage, probeLevel, type Coverage } from "./coverage.js";
import { type ProbeLevel } from "../../domain/platform/facts.js";
import { interruptsOf, type Interrupt } from "./interrupts.js";
import { fateFacts, type InFlightSpans, type InterruptRisk, type LostInterrupts } from "./risks.js";

/** One recording in the document of `info --json`. Times are in the recording's clock unit, as text. */
export interface InfoRecording extends RecordedKernel {
  /** The number of the recording. */
  readonly recording_id: number;
  /** `complete`; `importing`: what is committed so far; `dropped`: of its events nothing is told any more. */
  readonly state: "importing" | "complete" | "dropped";
  /** When and why it was dropped; null = it is not. */
  readonly dropped: RecordingDropped | null;
  /** The recording that it corrects, and the one that corrects it; null = none. */
  readonly supersedes: number | null;
  /** The complete recording that corrects it; null = it is current. */
  readonly superseded_by: number | null;
  /** The name of the trace file; `-` for standard input. */
  readonly file: string;
  /** The SHA-256 of the file as it was given; null = it is still being read, or the recording is a part of one. */
  readonly sha256: string | null;
  /** The format of the file. */
  readonly format: FormatName;
  /** What its times count: nanoseconds, or ticks of a counter clock. */
  readonly clock_unit: "ns" | "ticks";
  /** The time of its first line; null = it has none. */
  readonly first_ns: TimeText | null;
  /** The time of its last line; null = it has none. */
  readonly last_ns: TimeText | null;
  /** Its first event: where there is none, the seq that one would have. */
  readonly first_seq: Seq;
  /** Its last event; null = it has none. */
  readonly last_seq: Seq | null;
  /** How many lines it has, and how many of each sort. */
  readonly lines: LineCounts;
  /** Event names that irqtwin does not know, with how many lines have each. */
  readonly unknown_names: Readonly<Record<string, number>>;
  /** How many lines have a time before that of the line above them. */
  readonly time_anomalies: number;
  /** The lines were put in the order of their stamps. */
  readonly sorted: boolean;
  /** How many entries of the trace the file lacks; 0 = some, null = none that is known of. */
  readonly left_out: number | null;
  /** Why the recording may not be what the kernel wrote. */
  readonly doubts: readonly Doubt[];
  /** What was taken out of its lines, and what is not known of them. */
  readonly notes: readonly ImportNote[];
  /** In how many places events were lost. */
  readonly gaps: number;
  /** How many events the ring buffer had overwritten before the trace was read. */
  readonly overwritten: number;
  /** The largest set of probes that the recording has lines or settings of. */
  readonly probes: ProbeLevel;
  /** What the recording leaves open, one sentence each. */
  readonly cannot_decide: readonly string[];
  /** Whether its IRTEs are observed, predicted, or neither. */
  readonly coverage: Coverage;
  /** The dump of the table that was imported beside it; null = none was. */
  readonly anchor: AnchorFile | null;
  /** What the capture script wrote of it; null = it was not made by one. */
  readonly capture: RecordedCapture | null;
  /** The command that would have made a better recording; null = none would, as far as is known. */
  readonly better: string | null;
  /** The moment that what follows is told of: its last event, and its time; null = the recording has no event. */
  readonly at_seq: Seq | null;
  /** The time of the moment that what follows is told of; null = the recording has no event. */
  readonly at_ns: TimeText | null;
  /** How many VMs, vCPUs and IRTEs are known at the moment. */
  readonly vms: number;
  /** How many vCPUs are known at the moment. */
  readonly vcpus: number;
  /** How many IRTEs are known at the moment. */
  readonly irtes: number;
  /** AVIC inhibits that were changed last of a VM which no line names; null = there is no such change. */
  readonly unnamed_inhibits: readonly string[] | null;
  /** Each device interrupt at the moment, with why it is not posted. */
  readonly interrupts: readonly Interrupt[];
  /**
   * Each entry that posted or whose interrupts the recording shows, up to the moment: for how long an interrupt could
   * have been lost or late, how often, and when last. Empty where fates are not told.
   */
  readonly risks: readonly InterruptRisk[];
  /**
   * The interrupts up to the moment that were lost or misdirected, as the recording shows them, by the reason, the most
   * frequent first. `risks` need not have foretold them: what the host handles KVM can still drop.
   */
  readonly lost_interrupts: readonly LostInterrupts[];
  /** The longest span up to the moment in which a kernel function left an entry in flight, of each kind of beginning. */
  readonly in_flight: readonly InFlightSpans[];
  /** The VMs that have names of their own. */
  readonly vm_names: readonly {
    /** `vmN`. */
    readonly vm: string;
    /** Its own name. */
    readonly name: string;
  }[];
}

/** The document of `info --json`. */
export interface Info {
  /** The last link of the hash chain; null = there is none. */
  readonly head: ChainPosition | null;
  /** Oldest first. */
  readonly recordings: readonly InfoRecording[];
}

/** What is asked of a timeline. Everything may be left out. */
export interface InfoOptions {
  /** The number of the one recording to tell of. Absent = all; with `when` or `vm_id` the newest complete one. */
  readonly recording?: number | undefined;
  /** A WHEN: the moment whose interrupts are told. Absent = the end. */
  readonly when?: When | undefined;
  /** An avic vm_id: only interrupts of that VM. Absent = of all. */
  readonly vm_id?: number | undefined;
}

/** What a timeline holds. Throws ERR_WHEN, and ERR_NAME for a VM that the recording does not have. */
export function info(sqlite: Database.Database, options: InfoOptions = {}): Info {
  const { recording: only, when, vm_id } = options;
  const isOne = only !== undefined || when !== undefined || vm_id !== undefined;
  const asked = isOne ? [pickRecording(sqlite, only)] : recordings(sqlite);
  return {
    head: chainHead(sqlite),
    recordings: asked.map((recording) => ({
      ...storedFacts(recording),
      ...lineFacts(sqlite, recording),
      ...momentFacts(sqlite, recording, options),
    })),
  };
}

type LineFacts = Pick<
  InfoRecording,
  | "unknown_names"
  | "time_anomalies"
  | "gaps"
  | "overwritten"
  | "sorted"
  | "left_out"
  | "doubts"
  | "notes"
>;
type MomentFacts = Pick<
  InfoRecording,
  | "at_seq"
  | "at_ns"
  | "probes"
  | "cannot_decide"
  | "coverage"
  | "vms"
  | "vcpus"
  | "irtes"
  | "unnamed_inhibits"
  | "interrupts"
  | "risks"
  | "lost_interrupts"
  | "in_flight"
  | "anchor"
  | "capture"
  | "better"
  | "vm_names"
>;
type StoredFacts = Omit<InfoRecording, keyof LineFacts | keyof MomentFacts>;

/** What the recording's own row says. */
function storedFacts(recording: Recording): StoredFacts {
  return {
    recording_id: recording.id,
    state: recording.state,
    dropped: recording.dropped,
    supersedes: recording.supersedes,
    superseded_by: recording.supersededBy,
    file: recording.file,
    sha256: recording.sha256,
    format: recording.format,
    ...recordedKernel(recording),
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
  const names = all(
    sqlite,
    q
      .selectFrom("recording_name")
      .select(["name", "unused", "known"])
      .where("recording_id", "=", recording.id),
  );
  const unknown = names.filter(({ known }) => known === 0);
  return {
    unknown_names: Object.fromEntries(unknown.map(({ name, unused }) => [name, unused])),
    time_anomalies: recording.timeAnomalies,
    sorted: recording.isSorted,
    left_out: recording.leftOut,
    doubts: doubtsOf(sqlite, recording),
    notes: notesOf(sqlite, recording.id, names),
    gaps: gaps(sqlite, recording).length,
    overwritten: recording.overwritten,
  };
}

function vmNames(sqlite: Database.Database, { id }: Recording): InfoRecording["vm_names"] {
  const query = q.selectFrom("vm").select(["vm_id", "kvm", "name"]).orderBy("id");
  const named = query.where("recording_id", "=", id).where("name", "is not", null);
  return all(sqlite, named.$narrowType<{ name: string }>()).map(({ vm_id, kvm, name }) => {
    return { vm: vm_id === null ? `kvm@${kvm ?? "?"}` : vmName(vm_id), name };
  });
}

/** What the recording can tell, and what is there at the moment. */
function momentFacts(
  sqlite: Database.Database,
  recording: Recording,
  { when, vm_id }: InfoOptions,
): MomentFacts {
  const who = new Directory(sqlite, recording);
  const moment = momentOf(sqlite, recording, when);
  const described = atOnce(describeAt(sqlite, recording, who, moment));
  const { document, state } = described;
  requireVm(who, recording, vm_id);
  const { vms, unnamedInhibits } = state.kvm;
  const platform = platformOf(recording);
  const { names } = who;
  const ground = {
    ...{ sqlite, recording, who, described, seq: moment.seq },
    stateAt: (seq: number) => stateAt(sqlite, recording, seq),
    showsLinks: platform.shows((name) => names.has(name), "links"),
  };
  const capture = captureOf(sqlite, recording);
  return {
    anchor: anchorOf(sqlite, recording),
    capture,
    better: betterCommand(recording, who, capture),
    vm_names: vmNames(sqlite, recording),
    at_seq: recording.lastSeq === null ? null : moment.seq,
    at_ns: recording.last === null ? null : String(moment.time),
    probes: probeLevel(recording, who),
    cannot_decide:
      recording.dropped === null
        ? cannotDecide(who, recording)
        : ["anything of its events: it was dropped"],
    coverage: coverage(sqlite, recording, who),
    vms: vms.size,
    unnamed_inhibits:
      unnamedInhibits === null ? null : platform.inhibitNames(unnamedInhibits.inhibits),
    vcpus: document.vcpus.length,
    irtes: document.irtes.length,
    interrupts: interruptsOf(ground, vm_id),
    ...fateFacts(sqlite, recording, moment),
  };
}

/** The end, if no WHEN is given; a recording without an event has one too. */
function momentOf(sqlite: Database.Database, recording: Recording, when?: When): Moment {
  if (when !== undefined) return resolveWhen(sqlite, recording, when);
  return { seq: recording.lastSeq ?? recording.firstSeq - 1, time: recording.last ?? 0n };
}

function requireVm(who: Directory, recording: Recording, vm_id?: number): void {
  if (vm_id === undefined || who.hasVmId(vm_id)) return;
  throw noSuch(recording, `VM vm${vm_id}`, LIST_ALL);
}
