// What a timeline holds, whether it can be trusted, and whether posting is in use at the end.

import type Database from "better-sqlite3";
import { routeKey, NONE, type TwinState } from "../../domain/fold/state.js";
import { irteName } from "../../domain/names.js";
import { inhibitNames } from "../../domain/amd/inhibit.js";
import { RULES, decodeGaTag } from "../../domain/amd/releases.js";
import { isGuestMode } from "../../domain/amd/irte.js";
import { all, q } from "../../timeline/store/sql.js";
import { directory, type Directory } from "../../timeline/read/directory.js";
import { recordings, type Recording } from "../../timeline/read/recordings.js";
import { chainHead, type ChainPosition } from "../../timeline/integrity/chain.js";
import { isPredicted, knownShare } from "../state/predicted.js";
import { describeAt } from "../state/describe.js";
import { type AtDocument, type AtIrte } from "../state/document.js";

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
  readonly rules: string | null;
  readonly rules_from: string;
  readonly clock_unit: "ns" | "ticks";
  readonly first_ns: string | null;
  readonly last_ns: string | null;
  readonly first_seq: number;
  readonly last_seq: number | null;
  readonly lines: Recording["lines"];
  readonly unknown_names: Readonly<Record<string, number>>;
  readonly time_anomalies: number;
  readonly gaps: number;
  readonly overwritten: number;
  /** Which probe set the recording was made with, as far as its names tell. */
  readonly probes: "full" | "standard" | "minimal" | "none";
  readonly cannot_decide: readonly string[];
  readonly coverage: Coverage;
  readonly vms: number;
  readonly vcpus: number;
  readonly irtes: number;
  readonly interrupts: readonly Interrupt[];
}

/** Where the IRTEs come from. */
export interface Coverage {
  /** none: neither their writes nor what would tell them is in the recording. */
  readonly irtes: "observed" | "predicted" | "none";
  /** Of the bits of the predicted ones, over all events, the share that is known, 0 to 1. */
  readonly known: number | null;
}

/** A device interrupt at the end of the recording. */
export interface Interrupt {
  readonly irte: string;
  readonly host_irq: number | null;
  readonly gsi: number | null;
  readonly mode: AtIrte["mode"];
  readonly source: AtIrte["source"];
  readonly valid: boolean | null;
  readonly vcpu: string | null;
  readonly since_seq: number;
  readonly since_ns: string;
  readonly cause: string | null;
  /** Why it is not posted; null where it is, or where that is not known. */
  readonly why_not_posted: string | null;
}

export interface Info {
  /** The last link of the hash chain; null = there is none. */
  readonly head: ChainPosition | null;
  readonly recordings: readonly InfoRecording[];
}

export function info(sqlite: Database.Database, only?: number): Info {
  return {
    head: chainHead(sqlite),
    recordings: recordings(sqlite)
      .filter(({ id }) => only === undefined || id === only)
      .map((recording) => describeRecording(sqlite, recording)),
  };
}

function describeRecording(sqlite: Database.Database, recording: Recording): InfoRecording {
  const who = directory(sqlite, recording);
  const moment = { seq: recording.lastSeq ?? recording.firstSeq - 1, time: recording.last ?? 0n };
  const { document: end, state } = describeAt(sqlite, recording, who, moment);
  const unknown = all(
    sqlite,
    q
      .selectFrom("recording_name")
      .select(["name", "unused"])
      .where("recording_id", "=", recording.id)
      .where("known", "=", 0),
  );
  const gaps = all(
    sqlite,
    q
      .selectFrom("gap")
      .select("id")
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost"),
  );
  return {
    recording_id: recording.id,
    state: recording.state,
    supersedes: recording.supersedes,
    superseded_by: recording.supersededBy,
    file: recording.file,
    sha256: recording.sha256,
    format: recording.format,
    kernel: recording.kernel,
    rules: recording.rules,
    rules_from: recording.rulesFrom,
    clock_unit: recording.clockUnit,
    first_ns: recording.first === null ? null : String(recording.first),
    last_ns: recording.last === null ? null : String(recording.last),
    first_seq: recording.firstSeq,
    last_seq: recording.lastSeq,
    lines: recording.lines,
    unknown_names: Object.fromEntries(unknown.map(({ name, unused }) => [name, unused])),
    time_anomalies: recording.timeAnomalies,
    gaps: gaps.length,
    overwritten: recording.overwritten,
    probes: probeLevel(who),
    cannot_decide: cannotDecide(who, recording),
    coverage: coverage(sqlite, recording, who),
    vms: end.vms.length,
    vcpus: end.vcpus.length,
    irtes: end.irtes.length,
    interrupts: end.irtes
      .filter(({ mode }) => mode !== "free")
      .map((irte) => interrupt(irte, end, state, who, recording)),
  };
}

function coverage(sqlite: Database.Database, recording: Recording, { names }: Directory): Coverage {
  if (names.has("irte_write")) return { irtes: "observed", known: null };
  if (!isPredicted(sqlite, recording.id)) return { irtes: "none", known: null };
  return { irtes: "predicted", known: knownShare(sqlite, recording) };
}

function probeLevel({ names }: Directory): InfoRecording["probes"] {
  if (!names.has("irte_write")) return "none";
  if (!names.has("avic_vcpu_load") && !names.has("avic_pi_update") && !names.has("ir_activate"))
    return "minimal";
  return names.has("irte_cmpxchg") || names.has("svm_vcpu_load") ? "full" : "standard";
}

const DECIDES: readonly (readonly [string, string])[] = [
  ["irte_write", "what any IRTE holds, but for what the rules predict"],
  ["avic_vcpu_load", "which CPU a vCPU is loaded on, and which load or put wrote an IRTE"],
  ["avic_blocking", "whether a vCPU blocks"],
  ["kvm_irqfd", "which irqfds exist"],
  ["add_producer", "which GSI a host IRQ is connected to"],
  ["ir_activate", "which host IRQ an IRTE serves"],
  ["svm_vcpu_load", "whether a vCPU is loaded while AVIC is inhibited"],
];

/** irte_cmpxchg prints inside the lock; it is recognised, and not used. */
const RACED =
  "the order of two writes of one IRTE that raced (irte_write prints before the table's lock)";

/** Names whose lines say which entry of which table a host IRQ has. */
const NAMING = ["ir_activate", "ir_set_vcpu_affinity", "irte_alloc_ret"];

function cannotDecide({ names }: Directory, recording: Recording): readonly string[] {
  if (recording.state === "importing") return [];
  const missing = [
    ...(NAMING.some((name) => names.has(name))
      ? []
      : [`which IRTE a host IRQ has (no line of ${NAMING.join(", ")})`]),
    ...lacking(names),
    ...(names.has("irte_write") ? [RACED] : []),
  ];
  return recording.rules === null
    ? [...missing, "which vCPU a GA tag names (no rules profile)"]
    : missing;
}

function lacking(names: ReadonlySet<string>): readonly string[] {
  return DECIDES.filter(([name]) => !names.has(name)).map(
    ([name, what]) => `${what} (no line of ${name})`,
  );
}

function interrupt(
  irte: AtIrte,
  end: AtDocument,
  state: TwinState,
  who: Directory,
  recording: Recording,
): Interrupt {
  return {
    irte: irte.irte,
    host_irq: irte.host_irq,
    gsi: irte.gsi,
    mode: irte.mode,
    source: irte.source,
    valid: irte.valid,
    vcpu: irte.vcpu,
    since_seq: irte.since_seq,
    since_ns: irte.since_ns,
    cause: irte.cause,
    why_not_posted:
      irte.mode === "remapped"
        ? whyNotPosted(irte, end, state, who)
        : staleness(irte, state, who, recording),
  };
}

/** Only what the events show; null where they do not tell. */
function whyNotPosted(
  irte: AtIrte,
  end: AtDocument,
  state: TwinState,
  who: Directory,
): string | null {
  if (irte.gsi === null) {
    const isUnknown = end.unknown.some(
      ({ path }) => path.endsWith(".gsi") && end.irtes[Number(/\d+/.exec(path)?.[0])] === irte,
    );
    return isUnknown ? null : "no irqfd is connected to its host IRQ";
  }
  const irqfd = state.kvm.irqfds.find(
    ({ gsi, host_irq }) => gsi === irte.gsi && host_irq === irte.host_irq,
  );
  if (irqfd === undefined) return null;
  const route = state.kvm.routes.get(routeKey(irqfd.vm, irqfd.gsi));
  if (route?.postable === false) return "its GSI's route cannot be posted";
  const inhibits = state.kvm.vms.get(irqfd.vm)?.inhibits ?? 0;
  if (inhibits !== 0) return `AVIC is inhibited: ${inhibitNames(inhibits).join(", ")}`;
  if (route === undefined) return "its GSI has no route that the events show";
  const vm = who.vms.get(irqfd.vm)?.vm_id;
  return vm == null ? null : `AVIC is active in vm${vm}, yet the IRTE was not posted`;
}

/** A posted IRTE whose vCPU is gone. */
function staleness(
  irte: AtIrte,
  state: TwinState,
  who: Directory,
  recording: Recording,
): string | null {
  const entry = [...state.iommu.irtes.values()].find(
    ({ segment, devid, index }) => irteName(segment, devid, index) === irte.irte,
  );
  if (entry?.bits == null || !isGuestMode(entry.bits) || recording.rules === null) return null;
  const rules = RULES[recording.rules];
  const tag = decodeGaTag(entry.bits.loH >>> 0, rules);
  for (const vcpu of state.kvm.vcpus.values()) {
    const row = who.vcpus.get(vcpu.vcpu);
    const field = rules.tagVcpuField === "vcpu_id" ? row?.vcpu_id : row?.vcpu_idx;
    const isTarget = field === tag.vcpu && who.vms.get(vcpu.vm)?.vm_id === tag.vm_id;
    if (isTarget && vcpu.run_state === "freed" && entry.host_irq !== NONE)
      return "still posted, but its vCPU was freed";
  }
  return null;
}
