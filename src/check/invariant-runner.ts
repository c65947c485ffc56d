// Runs the invariants along a history: after each function for the entries and the vCPU that it touched, and
// at the events that show something by themselves. A violation is reported once for an entity, and counted.

import { type InvariantId } from "../domain/amd/invariants/invariants.js";
import { byNumber } from "../domain/values/by-number.js";
import { type IrteBits } from "../domain/values/bits.js";
import { type TwinEvent } from "../domain/events/event.js";
import { routeKey, type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import {
  proofOf,
  type AtRest,
  type AtWrite,
  type BugRow,
  type InvariantRow,
  type InvariantTests,
  type Truth,
} from "../domain/platform/invariant.js";
import { ROUTING_MSI } from "../domain/model/irqfds.js";
import { type IrteModel } from "../domain/model/model.js";
import { type Platform, type RulesKernel, type Sees } from "../domain/platform/platform.js";

/** How often an invariant was tested, and how often it held not or could not be told. */
export interface InvariantCount {
  /** The invariant. */
  readonly id: InvariantId;
  /** How often it was tested and could be told. */
  checked: number;
  /** How often it did not hold then. */
  violations: number;
  /** How often it could not be told, because of a gap or of what no probe shows. */
  unknown: number;
}

/** A violation, when it began. */
export interface Violation {
  /** The invariant, such as `I4`. */
  readonly id: string;
  /** The known bug of the profile that it is; null = none, it is something new. */
  readonly bug: string | null;
  /** The first event after which it does not hold. */
  readonly seq: Seq;
  /** The IRTE (irteKey()); null = it is about none. */
  readonly key: IrteKey | null;
  /** The row number of the vCPU; null = it is about none. */
  readonly vcpu: VcpuRow | null;
  /** The events that show it. */
  readonly evidence: readonly Seq[];
  /** How often it was seen to hold not, while it lasted and again. */
  times: number;
}

type Subject = Pick<Violation, "key" | "vcpu" | "evidence">;

/** An invariant at work. */
interface Row {
  readonly invariant: InvariantRow<RulesKernel>;
  readonly tests: InvariantTests<RulesKernel>;
  readonly count: InvariantCount;
  /** The profile's code keeps it. */
  readonly holds: boolean;
  /** With the probes of the recording no function without one can seem to break it. */
  readonly isJudged: boolean;
}

/** Tests the invariants of a platform under one profile. */
export class InvariantRunner {
  /** By id, in the order of the invariants' numbers. */
  readonly counts: ReadonlyMap<string, InvariantCount>;
  /** The same as it is now, to take violations back from. */
  readonly copy: () => InvariantRunner;
  /** What did not hold so far, in the order in which it began. */
  readonly violations: Violation[] = [];
  private readonly kernel: RulesKernel;
  private readonly atRest: readonly Row[];
  private readonly onWrite: readonly Row[];
  private readonly onBits: readonly Row[];
  private readonly onEvent: readonly (readonly Row[] | undefined)[];
  private readonly bugs: readonly BugRow[];
  /** Every time that an invariant was seen to hold not. */
  private readonly occurrences: Violation[] = [];
  private readonly seen = new Map<string, Violation>();

  /** Tests what the probes of the recording can show (`sees`) of the kernel that the rules follow. */
  constructor(platform: Platform, profile: string, kernel: RulesKernel, sees: Sees) {
    this.kernel = kernel;
    this.bugs = platform.bugs.filter((bug) => bug.in.includes(profile));
    const all = platform.invariants.map((invariant): Row => ({
      invariant,
      tests: invariant.tests ?? {},
      count: { id: invariant.id as InvariantId, checked: 0, violations: 0, unknown: 0 },
      holds: invariant.holds_in.includes(profile),
      isJudged: platform.canJudgeInvariant(sees, invariant.id),
    }));
    this.counts = new Map(
      [...all]
        .sort(({ count: a }, { count: b }) => byNumber(a.id, b.id))
        .map(({ count }) => [count.id, count]),
    );
    this.atRest = all.filter(({ tests }) => tests.atRest !== undefined);
    this.onWrite = all.filter(({ tests }) => tests.onWrite !== undefined);
    this.onBits = all.filter(({ tests }) => tests.onBits !== undefined);
    this.onEvent = rowsByKind(all);
    this.copy = () => {
      const copy = new InvariantRunner(platform, profile, kernel, sees);
      for (const [id, count] of this.counts) Object.assign(copy.counts.get(id) ?? {}, count);
      for (const each of this.occurrences) copy.keep({ ...each, times: 1 });
      return copy;
    };
  }

  /** What an event shows by itself, before the rules act on it. */
  observe(event: TwinEvent): void {
    for (const row of this.onEvent[event.kind] ?? []) {
      const observation = row.tests.onEvent?.[event.kind]?.(this.kernel, event);
      if (observation === undefined) continue;
      const { truth, key = null, vcpu = null, evidence = [event.seq] } = observation;
      this.count(row, truth, event.seq, { key, vcpu, evidence });
    }
  }

  /** A function has run: the entries that it touched must be in order again. */
  settle(keys: readonly IrteKey[], seq: Seq): void {
    if (keys.length === 0) return;
    for (const key of new Set(keys)) {
      const irte = this.kernel.model.irte(key);
      // A write that is a finding already: what follows from its bits is no other finding.
      if (irte.shadow !== null && !irte.freed && irte.otherwise === null)
        this.testAtRest(irte, irte.shadow, seq);
    }
  }

  private testAtRest(irte: IrteModel, shadow: IrteBits, seq: Seq): void {
    const { kernel } = this;
    const holder = kernel.model.holderOf(irte.key);
    const at: AtRest<RulesKernel> = { kernel, irte, shadow, holder };
    for (const row of this.atRest) {
      const truth = row.tests.atRest?.(at);
      if (truth === undefined) continue;
      // The proof is looked for where there is something to prove: most tests hold.
      const evidence = truth === false ? proofOf(kernel, irte, seq, row.tests.proof) : [];
      this.count(row, truth, seq, { key: irte.key, vcpu: holder?.vcpu ?? null, evidence });
    }
  }

  /** A write that the rules have nothing against. */
  written(write: AtWrite, key: IrteKey): void {
    const { seq } = write.event;
    for (const row of this.onWrite) {
      const truth = row.tests.onWrite?.(write);
      if (truth !== undefined) this.count(row, truth, seq, { key, vcpu: null, evidence: [seq] });
    }
  }

  /** A write whose function was not seen: what its bits alone can break. */
  writtenUnseen(event: TwinEvent, key: IrteKey): void {
    const { seq } = event;
    for (const row of this.onBits) {
      const truth = row.tests.onBits?.(event);
      if (truth !== undefined) this.count(row, truth, seq, { key, vcpu: null, evidence: [seq] });
    }
  }

  /** A step that is a known bug was seen to be made. */
  report(bug: string, seq: Seq, subject: Subject): void {
    const row = this.bugs.find(({ id }) => id === bug);
    const [id] = Object.keys(row?.shownBy ?? {});
    if (id !== undefined) this.keep({ id, bug, seq, ...subject, times: 1 });
  }

  /** A violation counts where the profile holds the invariant, and where it is a known bug of it. */
  private count(row: Row, truth: Truth, seq: Seq, subject: Subject): void {
    const { count, holds, isJudged } = row;
    if (truth === null || (!truth && !isJudged)) count.unknown++;
    else if (truth) count.checked += holds ? 1 : 0;
    else {
      const bug = this.bugOf(count.id, subject.key);
      if (bug === null && !holds) return;
      count.checked++;
      count.violations++;
      this.keep({ id: count.id, bug, seq, ...subject, times: 1 });
    }
  }

  /** Takes back what is explained otherwise: there it is not known whether the invariant held. */
  dismiss(isExplained: (violation: Violation) => boolean): void {
    const dismissed = new Set(this.occurrences.filter(isExplained));
    if (dismissed.size === 0) return;
    const kept = this.occurrences.filter((each) => !dismissed.has(each));
    for (const { id } of dismissed) {
      const count = this.counts.get(id);
      if (count === undefined) continue;
      count.violations--;
      count.checked--;
      count.unknown++;
    }
    this.occurrences.length = 0;
    this.violations.length = 0;
    this.seen.clear();
    for (const each of kept) this.keep({ ...each, times: 1 });
  }

  /** One finding for an invariant and an entity: what comes again is counted. */
  private keep(violation: Violation): void {
    this.occurrences.push(violation);
    const { id, bug, key, vcpu } = violation;
    const entity = `${id} ${bug ?? ""} ${key ?? `vcpu ${vcpu ?? ""}`}`;
    const known = this.seen.get(entity);
    if (known !== undefined) {
      known.times++;
      return;
    }
    this.seen.set(entity, violation);
    this.violations.push(violation);
  }

  /** The known bug of this profile that a violation is; null = none, it is something new. */
  private bugOf(id: string, key: IrteKey | null): string | null {
    const irte = key === null ? null : this.kernel.model.irte(key);
    const connection = irte?.connection;
    const route =
      connection === undefined
        ? undefined
        : this.kernel.irqfds.routeOf(routeKey(connection.vm, connection.gsi));
    const irqfd = { isRemoved: connection?.removed != null, isRouted: route?.type === ROUTING_MSI };
    return this.bugs.find(({ shownBy }) => shownBy[id]?.(irte, irqfd))?.id ?? null;
  }
}

function rowsByKind(rows: readonly Row[]): readonly (readonly Row[] | undefined)[] {
  const byKind: Row[][] = [];
  for (const row of rows)
    for (const kind of Object.keys(row.tests.onEvent ?? {}))
      (byKind[Number(kind)] ??= []).push(row);
  return byKind;
}
