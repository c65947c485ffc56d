// What an invariant and a known bug are, whatever the platform: rows with a test each. The platforms have the
// rows; check/ runs them along a history.

import { type Fix } from "./commit.js";
import { type IrteBits } from "../values/bits.js";
import { type TwinEvent } from "../events/event.js";
import { routeKey, type IrteKey, type Seq, type VcpuRow } from "../values/ids.js";
import { type Kernel } from "../model/kernel.js";
import { type IrteModel, type VcpuModel } from "../model/model.js";

/** Does something hold? null = not known. */
export type Truth = boolean | null;

/** What breaks if it does not hold: interrupts are lost or go astray; only time is lost; neither. */
export type Severity = "safety" | "performance" | "consistency";

/** An entry when no function is at work on it or on the vCPU whose list holds it. */
export interface AtRest<K extends Kernel> {
  /** The kernel as the rules follow it. */
  readonly kernel: K;
  /** The entry. */
  readonly irte: IrteModel;
  /** Its bits. */
  readonly shadow: IrteBits;
  /** The vCPU whose list holds it; null = none. */
  readonly holder: VcpuModel | null;
}

/** A write that the rules have nothing against. */
export interface AtWrite {
  /** The write. */
  readonly event: TwinEvent;
  /** The entry before it; null = not known. */
  readonly before: IrteBits | null;
}

/** What an event shows by itself, before the rules act on it. */
export interface Observation {
  /** Does the invariant hold? null = it cannot be told. */
  readonly truth: Truth;
  /** The IRTE (irteKey()); null or absent = about none. */
  readonly key?: IrteKey | null;
  /** The row number of the vCPU; null or absent = about none. */
  readonly vcpu?: VcpuRow | null;
  /** The events that prove that it does not hold; default: the event alone. */
  readonly evidence?: readonly Seq[];
}

/** The test of one kind of event; undefined = the invariant says nothing of it. */
export type EventTest<K extends Kernel> = {
  /** What the event shows; undefined = nothing of this. */
  test(kernel: K, event: TwinEvent): Observation | undefined;
}["test"];

/** What must hold between operations. */
export interface Invariant {
  /** Its name, such as `I4`. */
  readonly id: string;
  /** What breaks if it does not hold. */
  readonly class: Severity;
  /** Profiles whose code keeps it. In the others its violation is a known behaviour, or a bug. */
  readonly holds_in: readonly string[];
  /** Which change of the kernel made it so. */
  readonly made_by: string;
  /** What must hold, in one sentence. */
  readonly says: string;
  /** What a recording lacks to check it; absent = it is checked. */
  readonly not_checked?: string;
}

/** An invariant with its tests. */
export interface InvariantRow<K extends Kernel = Kernel> extends Invariant {
  /** Absent = it cannot be checked. */
  readonly tests?: InvariantTests<K>;
}

/** When an invariant is tested, and how. A test gives undefined where the invariant says nothing. */
export interface InvariantTests<K extends Kernel = Kernel> {
  /** Of an entry at rest. */
  atRest?(at: AtRest<K>): Truth | undefined;
  /** Of a write that the rules have nothing against. */
  onWrite?(at: AtWrite): Truth | undefined;
  /** Of a write whose function was not seen: what its bits alone can break. */
  onBits?(bits: IrteBits): Truth | undefined;
  /** By kind of event. */
  readonly onEvent?: Readonly<Record<number, EventTest<K>>>;
  /** What proves a violation at rest, besides the last write and the connection. */
  readonly proof?: readonly ProofPart[];
}

/**
 * vcpu: the last event of the vCPU whose list holds the entry. link: the event by which it came onto that list. inhibit: the event at which the vCPU that it was to be
 * posted to took up that AVIC is inhibited.
 */
export type ProofPart = "vcpu" | "link" | "inhibit";

/** The irqfd that an entry belongs to, as a known bug asks for it. */
export interface IrqfdFacts {
  /** Its producer is removed. */
  readonly isRemoved: boolean;
  /** Its GSI has an MSI route. */
  readonly isRouted: boolean;
}

/** Is the violation of an invariant the bug? `irte` is null where the violation names no entry. */
export type BugTest = (irte: IrteModel | null, irqfd: IrqfdFacts) => boolean;

/** A known bug of some profiles, and the invariants that show it. */
export interface KnownBug {
  /** Its name, such as `B6`. */
  readonly id: string;
  /** What goes wrong, in a few words. */
  readonly title: string;
  /** The rules profiles that have it. */
  readonly in: readonly string[];
  /** The patches and the release that fixed it, in few words. */
  readonly fixed_by: string;
  /** The commits that fixed it. */
  readonly fixes: readonly Fix[];
  /** The first profile without it, by the name of its release. */
  readonly fixed_in: string;
  /** What a kernel without it does. */
  readonly should: string;
  /** The kernel's function and file that do it. */
  readonly where: string;
  /** How it is provoked. */
  readonly stimulus: string;
}

/** How the entries of the IOMMU's log are counted that a bug costs, because nobody waits for them. */
export interface LogCost {
  /**
   * each time: it is seen by one. while it runs: they come while the vCPU runs and an entry of the table says that it
   * does not. in a function: the entry says so only while a function is at work, so that none can be told from others.
   */
  readonly by: "each time" | "while it runs" | "in a function";
  /** The probe that shows the log's entries. */
  readonly probe: string;
}

/** A known bug with its tests. */
export interface BugRow extends KnownBug {
  /** Absent = it costs none. */
  readonly logCost?: LogCost;
  /** By invariant: is its violation this bug? */
  readonly shownBy: Readonly<Record<string, BugTest>>;
  /** How bad it is, where that is not the invariant's own severity. */
  readonly severity?: Severity;
}

/** The events that are known, in order, without repetition: the shortest list that shows something. */
export function evidence(...seqs: readonly (Seq | null)[]): readonly Seq[] {
  const known = seqs.filter((seq) => seq !== null).sort((a, b) => a - b);
  return known.filter((seq, i) => i === 0 || seq !== known[i - 1]);
}

/**
 * What made an entry what it is: its last write, the last change of its irqfd's route and connection, where the
 * irqfd went, and what `parts` ask for besides.
 */
export function proofOf(
  kernel: Kernel,
  irte: IrteModel,
  seq: Seq,
  parts: readonly ProofPart[] = [],
): readonly Seq[] {
  const { model, irqfds } = kernel;
  const { connection, lastWrite, key } = irte;
  const gsi = connection === undefined ? null : routeKey(connection.vm, connection.gsi);
  const removed = connection?.removed ?? null;
  return evidence(
    lastWrite,
    gsi === null ? null : (irqfds.routeOf(gsi)?.seq ?? null),
    gsi === null || removed === null ? null : irqfds.deassignOf(gsi),
    removed,
    parts.includes("vcpu") ? (model.holderOf(key)?.lastEvent ?? null) : null,
    parts.includes("link") ? irte.linkedBy : null,
    parts.includes("inhibit") ? irte.refusedBy : null,
    seq,
  );
}
