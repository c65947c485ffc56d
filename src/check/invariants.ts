// Checks the invariants along the history: after each function has run, for the entries and the vCPU
// that it touched. A violation is reported once per entity while it lasts, and counted.

import { payload } from "../domain/events/payload.js";
import { byKind } from "../domain/events/by-kind.js";
import { KIND } from "../domain/events/kinds.js";
import { causeCode } from "../domain/events/causes.js";
import { type TwinEvent } from "../domain/events/event.js";
import { INVARIANTS } from "../domain/amd/invariants.js";
import { destinationOf, gaRootPtrOf, isGuestMode } from "../domain/amd/irte.js";
import { type IrteBits } from "../domain/bits.js";
import { type TagNames } from "../domain/model/kernel.js";
import { type IrteModel, type Model, type VcpuModel } from "../domain/model/model.js";
import { decodePhysicalId } from "../domain/amd/physical-id.js";
import { decodeGaTag, type Rules } from "../domain/amd/releases.js";
import { routeKey } from "../domain/ids.js";
import { canJudgeInvariant, type Sees } from "../domain/amd/probes/sees.js";
import {
  knownBug,
  logsIfBlocking,
  ownBits,
  runsThere,
  type Connection,
  type Route,
  type Truth,
} from "./predicates.js";
import { evidence } from "./verdict.js";

export interface InvariantCount {
  readonly id: string;
  checked: number;
  violations: number;
  unknown: number;
}

/** A violation, when it began. `bug`: the known bug of this profile that it is. */
export interface Violation {
  readonly id: string;
  readonly bug: string | null;
  readonly seq: number;
  readonly key: number | null;
  readonly vcpu: number | null;
  readonly evidence: readonly number[];
  /** How often it was seen to hold not, while it lasted and again. */
  times: number;
}

const HOST_AFFINITY = causeCode("host affinity");
const VALID_CAUSES = new Set(
  (["activate", "deactivate", "allocate", "free"] as const).map(causeCode),
);
const MSI = 2;
/** Invariants about where an entry's vCPU is, and about whether its AVIC is active. */
const OF_VCPU = new Set(["I4", "I5", "I6", "I8", "I9"]);
const OF_AVIC = new Set(["I5", "I8", "I9", "I11"]);
const AHEAD = new Set<number>(
  (["vcpu block", "vcpu unblock", "AVIC inhibit", "AVIC un-inhibit"] as const).map(causeCode),
);

export class InvariantChecker {
  readonly counts = new Map<string, InvariantCount>(
    INVARIANTS.map(({ id }) => [id, { id, checked: 0, violations: 0, unknown: 0 }]),
  );
  readonly violations: Violation[] = [];
  private readonly rules: Rules;
  private readonly model: Model;
  private readonly names: TagNames;
  private readonly holds: ReadonlySet<string>;
  /** Those that no function without a probe can seem to break. */
  private readonly judged: ReadonlySet<string>;
  private readonly seen = new Map<string, Violation>();
  private readonly routes = new Map<string, Route>();
  /** Host IRQ's IRTE to the irqfd it is connected to; null = connected to none. */
  private readonly connected = new Map<number, Connection>();
  /** The last KVM_IRQFD with DEASSIGN of a GSI. */
  private readonly deassigned = new Map<string, number>();
  /** The last change of a VM's AVIC inhibits. */
  private readonly inhibited = new Map<number, number>();
  private readonly rerouted: number[] = [];
  private readonly pages = new Map<number, number>();
  private readonly freedPages = new Map<number, number>();
  private readonly liveVmIds = new Map<number, number>();

  constructor(rules: Rules, model: Model, names: TagNames, sees: Sees) {
    this.judged = new Set(
      INVARIANTS.filter(({ id }) => canJudgeInvariant(sees, id)).map(({ id }) => id),
    );
    this.rules = rules;
    this.model = model;
    this.names = names;
    this.holds = new Set(
      INVARIANTS.filter(({ holdsIn }) => holdsIn.includes(rules.id)).map(({ id }) => id),
    );
  }

  /** Events were lost: who is connected to whom, and by which route, is not known any more. */
  forget(): void {
    this.routes.clear();
    this.connected.clear();
    this.deassigned.clear();
    this.inhibited.clear();
    this.freedPages.clear();
    this.liveVmIds.clear();
  }

  /** What an event itself says, before the rules act on it. */
  observe(event: TwinEvent, key: number | null): void {
    OBSERVERS[event.kind]?.(this, event, key);
    if (event.words === 1 && event.vcpu !== null && event.kind !== KIND.vcpu_affinity_set) {
      this.entry(event);
    }
  }

  /** A function has run: what it touched must be in order again. */
  settled(keys: Iterable<number>, seq: number): void {
    for (const key of new Set(keys)) this.irte(this.model.irte(key), seq);
  }

  /**
   * What made it so: the write, the connection's and the route's last change, where the irqfd went; of what
   * depends on the vCPU its last move, and of what depends on AVIC its VM's last inhibit.
   */
  private proof(irte: IrteModel, seq: number, id: string): readonly number[] {
    const connection = this.connected.get(irte.key);
    const gsi = connection === undefined ? "" : routeKey(connection.vm, connection.gsi);
    return evidence(
      irte.lastWrite,
      this.routes.get(gsi)?.seq ?? null,
      ...(connection?.removed == null
        ? []
        : [this.deassigned.get(gsi) ?? null, connection.removed]),
      OF_VCPU.has(id) ? (this.model.holderOf(irte.key)?.lastEvent ?? null) : null,
      OF_AVIC.has(id) && connection !== undefined
        ? (this.inhibited.get(connection.vm) ?? null)
        : null,
      seq,
    );
  }

  // --- single events ------------------------------------------------------------------------------

  route(event: TwinEvent, type: number | null, vector: number | null): void {
    const { vm, gsi, seq } = event;
    if (vm === null || gsi === null) return;
    const before = this.routes.get(routeKey(vm, gsi));
    this.routes.set(routeKey(vm, gsi), { type, vector, seq });
    if (before?.type === type && before.vector === vector) return;
    for (const [key, connection] of this.connected) {
      if (connection.vm === vm && connection.gsi === gsi && connection.removed === null)
        this.rerouted.push(key);
    }
  }

  /** Entries whose route the last event changed. */
  takeRerouted(): readonly number[] {
    return this.rerouted.length === 0 ? this.rerouted : this.rerouted.splice(0);
  }

  connect(event: TwinEvent, key: number | null): void {
    const { vm, gsi, seq } = event;
    if (key === null || vm === null || gsi === null) return;
    const isFree = this.connected.get(key)?.removed !== null;
    this.test("I25", isFree, seq, { key, vcpu: null, evidence: [seq] });
    this.connected.set(key, { vm, gsi, removed: null });
  }

  disconnect(event: TwinEvent, key: number | null): void {
    const { vm, gsi, seq } = event;
    if (key !== null && vm !== null && gsi !== null)
      this.connected.set(key, { vm, gsi, removed: seq });
  }

  inhibit({ vm, seq }: TwinEvent): void {
    if (vm !== null) this.inhibited.set(vm, seq);
  }

  deassign({ vm, gsi, seq }: TwinEvent): void {
    if (vm !== null && gsi !== null) this.deassigned.set(routeKey(vm, gsi), seq);
  }

  create(event: TwinEvent): void {
    if (event.vcpu === null) return;
    if (event.words > 0) {
      const { backing_page } = decodePhysicalId(event.loH, event.loL);
      this.pages.set(event.vcpu, backing_page);
      this.freedPages.delete(backing_page);
    }
    const names = this.names(event.vcpu);
    if (names === null || event.vm === null) return;
    const holder = this.liveVmIds.get(names.vm_id);
    const fits = names.vm_id >= 1 && names.vm_id < 2 ** (32 - this.rules.tagVcpuBits);
    this.test("I24", fits && (holder === undefined || holder === event.vm), event.seq, {
      key: null,
      vcpu: event.vcpu,
      evidence: [event.seq],
    });
    this.liveVmIds.set(names.vm_id, event.vm);
  }

  destroy(event: TwinEvent): void {
    if (event.vcpu === null) return;
    const vcpu = this.model.vcpu(event.vcpu);
    const page = this.pages.get(event.vcpu);
    const posting = [...this.model.irtes.values()].filter(
      ({ shadow }) =>
        shadow !== null &&
        isGuestMode(shadow) &&
        (shadow.loL & 1) === 1 &&
        gaRootPtrOf(shadow) === page,
    );
    const truth = vcpu.listKnown
      ? vcpu.list.length === 0 && posting.length === 0
      : posting.length > 0
        ? false
        : null;
    const key = posting[0]?.key ?? vcpu.list[0] ?? null;
    const proof = key === null ? [event.seq] : this.proof(this.model.irte(key), event.seq, "I14");
    this.test("I14", truth, event.seq, { key, vcpu: event.vcpu, evidence: proof });
    if (page !== undefined) this.freedPages.set(page, event.vcpu);
    const names = this.names(event.vcpu);
    if (names !== null) this.liveVmIds.delete(names.vm_id);
  }

  /** Bug B7: before patch 61 the log is written for a vCPU that is merely preempted or in user space. */
  logged(event: TwinEvent): void {
    if (event.vcpu === null) return;
    const { blocking, lastEvent } = this.model.vcpu(event.vcpu);
    // A vCPU that woke between the device's write and the log's reading is no violation.
    if (blocking === false && this.rules.logsOnlyBlocking) return;
    this.test("I6", blocking, event.seq, {
      key: null,
      vcpu: event.vcpu,
      evidence: evidence(lastEvent, event.seq),
    });
  }

  /** A write that the rules have nothing against; `before` = the entry before it. */
  written(event: TwinEvent, key: number, before: IrteBits | null): void {
    const changes =
      before === null
        ? null
        : ((before.loL ^ event.loL) & 1) === 0 ||
          event.cause === null ||
          VALID_CAUSES.has(event.cause);
    this.test("I18", changes, event.seq, { key, vcpu: null, evidence: [event.seq] });
    if (event.cause === HOST_AFFINITY && isGuestMode(event))
      this.test("I16", false, event.seq, { key, vcpu: null, evidence: [event.seq] });
  }

  /** A write whose function was not seen: what its bits alone can break. */
  orphan(event: TwinEvent, key: number): void {
    if (!isGuestMode(event)) return;
    ownBits(event, (id, truth) => {
      this.test(id, truth, event.seq, { key, vcpu: null, evidence: [event.seq] });
    });
  }

  /** A posted entry is left alone; written() tells if it is not. */
  moved(event: TwinEvent, key: number | null): void {
    const shadow = key === null ? null : this.model.irte(key).shadow;
    if (shadow === null || !isGuestMode(shadow)) return;
    this.test("I16", true, event.seq, { key, vcpu: null, evidence: [event.seq] });
  }

  /** The physical ID entry that a probe printed, against what went before. */
  private entry(event: TwinEvent): void {
    if (event.vcpu === null || event.kind === KIND.vcpu_created) return;
    const vcpu = this.model.vcpu(event.vcpu);
    const { is_running, ga_log_intr } = decodePhysicalId(event.loH, event.loL);
    const at = { key: null, vcpu: event.vcpu, evidence: evidence(vcpu.lastEvent, event.seq) };
    // Inside these functions the model is ahead of the entry.
    if (AHEAD.has(event.cause ?? 0) && event.cause_seq !== null) return;
    this.test("I21", vcpu.running === null ? null : vcpu.running === is_running, event.seq, at);
    this.test("I22", !ga_log_intr || (!is_running && vcpu.blocking !== false), event.seq, at);
  }

  // --- an entry, at rest ------------------------------------------------------------------------------

  private irte(irte: IrteModel, seq: number): void {
    const { shadow, key } = irte;
    // A write that is a finding already: what follows from its bits is no other finding.
    if (shadow === null || irte.freed || irte.otherwise !== null) return;
    const holder = this.model.holderOf(key);
    const at = { key, vcpu: holder?.vcpu ?? null };
    const test = (id: string, truth: Truth): void => {
      // The proof is looked for where there is something to prove: most tests hold.
      const proof = truth === false ? this.proof(irte, seq, id) : [];
      this.test(id, truth, seq, { ...at, evidence: proof });
    };
    // What a list holds after its element was freed is undefined: only that it came to that is said.
    if (holder?.corrupt !== true && !irte.dangling) {
      if (isGuestMode(shadow)) this.posted(irte, shadow, holder, test);
      else this.remapped(irte, shadow, test);
      this.listed(shadow, holder, test);
    }
    if (holder !== null) {
      const connection = this.connected.get(key);
      test("I10", connection === undefined ? null : connection.removed === null);
    }
    this.routed(irte, shadow, holder, test);
  }

  private posted(
    irte: IrteModel,
    shadow: IrteBits,
    holder: VcpuModel | null,
    test: (id: string, truth: Truth) => void,
  ): void {
    const isRun = (shadow.loL & 0x40) !== 0;
    if ((shadow.loL & 1) === 1) test("I1", holder !== null || (this.listsKnown() ? false : null));
    ownBits(shadow, test);
    if (holder === null) return;
    test("I2", this.namesHolder(shadow, holder));
    test("I3", this.pointsToHolder(irte, shadow, holder));
    if (isRun) test("I4", runsThere(shadow, holder));
    if (holder.running === true) test("I5", isRun);
    if (this.rules.logsOnlyBlocking) test("I6", logsIfBlocking((shadow.loL & 0x04) !== 0, holder));
  }

  private namesHolder(shadow: IrteBits, holder: VcpuModel): Truth {
    const names = this.names(holder.vcpu);
    const { vm_id, vcpu } = decodeGaTag(shadow.loH >>> 0, this.rules);
    return names === null ? null : vm_id === names.vm_id && vcpu === names.field;
  }

  private pointsToHolder(irte: IrteModel, shadow: IrteBits, holder: VcpuModel): Truth {
    const page = this.pages.get(holder.vcpu);
    if (page === undefined) return null;
    const vector = this.routeOf(irte.key)?.vector ?? null;
    return gaRootPtrOf(shadow) === page && (vector === null || vector === (shadow.hiL & 0xff));
  }

  private remapped(
    irte: IrteModel,
    shadow: IrteBits,
    test: (id: string, truth: Truth) => void,
  ): void {
    if ((shadow.loL & 1) === 0) return;
    const { vector, dest_apicid } = this.model.host(irte);
    // The host's own change comes before the write that carries it: not at rest yet.
    if (this.model.cfgSeq(irte) > (irte.lastWrite ?? 0)) return;
    const clean = shadow.loH === 0 && gaRootPtrOf(shadow) === 0 && ((shadow.loL >>> 2) & 7) === 0;
    const known = vector !== null && dest_apicid !== null;
    test(
      "I15",
      clean && known
        ? vector === (shadow.hiL & 0xff) && dest_apicid === destinationOf(shadow)
        : clean
          ? null
          : false,
    );
  }

  private listed(
    shadow: IrteBits,
    holder: VcpuModel | null,
    test: (id: string, truth: Truth) => void,
  ): void {
    if (holder === null) return;
    const posted = isGuestMode(shadow);
    if (holder.active === false && holder.blocking !== true) test("I8", !posted);
    if (holder.active === true) test("I9", posted);
  }

  private routed(
    irte: IrteModel,
    shadow: IrteBits,
    holder: VcpuModel | null,
    test: (id: string, truth: Truth) => void,
  ): void {
    const connection = this.connected.get(irte.key);
    const posted = isGuestMode(shadow) && (shadow.loL & 1) === 1;
    if (connection === undefined) return;
    if (connection.removed !== null) {
      test("I13", !posted);
      return;
    }
    if (irte.dangling) return;
    const route = this.routeOf(irte.key);
    if (route?.type != null && route.type !== MSI) test("I12", !posted && holder === null);
    if (route?.type === MSI && irte.wanted !== null) test("I11", holder !== null || !irte.wanted);
  }

  private routeOf(key: number): Route | undefined {
    const connection = this.connected.get(key);
    return connection == null
      ? undefined
      : this.routes.get(routeKey(connection.vm, connection.gsi));
  }

  private listsKnown(): boolean {
    for (const { listKnown } of this.model.vcpus.values()) if (!listKnown) return false;
    return true;
  }

  /** A violation counts where the profile holds the invariant, and where it is a known bug of it. */
  private test(id: string, truth: Truth, seq: number, at: Subject): void {
    const count = this.counts.get(id);
    if (count === undefined) return;
    if (truth === null || (!truth && !this.judged.has(id))) count.unknown++;
    else if (truth) count.checked += this.holds.has(id) ? 1 : 0;
    else {
      const bug = this.bugOf(id, at.key);
      if (bug === null && !this.holds.has(id)) return;
      count.checked++;
      count.violations++;
      this.report({ id, bug, seq, ...at, times: 1 });
    }
  }

  /** One finding per invariant and entity: what comes again is counted. */
  private report(violation: Violation): void {
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
  private bugOf(id: string, key: number | null): string | null {
    const irte = key === null ? null : this.model.irte(key);
    const isRemoved = key !== null && this.connected.get(key)?.removed != null;
    const isRouted = key !== null && this.routeOf(key)?.type === MSI;
    return knownBug(this.rules, id, irte, { isRemoved, isRouted });
  }

  /** Bug B3, seen as it happens: the second write that a running vCPU's IRTE needs before the series. */
  secondWrite(seq: number, key: number, vcpu: number | null, evidence: readonly number[]): void {
    this.report({ id: "I5", bug: "B3", seq, key, vcpu, evidence, times: 1 });
  }
}

interface Subject {
  readonly key: number | null;
  readonly vcpu: number | null;
  readonly evidence: readonly number[];
}

/** What an event says to the invariants before the rules act on it. */
const OBSERVERS = byKind<(at: InvariantChecker, event: TwinEvent, key: number | null) => void>({
  [KIND.irqfd_routed]: (at, event) => {
    const type = payload.type(event);
    const data = payload.data(event);
    at.route(event, type, type === MSI && data !== null ? data & 0xff : null);
  },
  [KIND.irqfd_msi]: (at, event) => {
    at.route(event, MSI, payload.vector(event));
  },
  [KIND.producer_added]: (at, event, key) => {
    at.connect(event, key);
  },
  [KIND.producer_removed]: (at, event, key) => {
    at.disconnect(event, key);
  },
  [KIND.irqfd_deassigned]: (at, event) => {
    at.deassign(event);
  },
  [KIND.avic_inhibit_set]: (at, event) => {
    at.inhibit(event);
  },
  [KIND.avic_inhibit_cleared]: (at, event) => {
    at.inhibit(event);
  },
  [KIND.vcpu_created]: (at, event) => {
    at.create(event);
  },
  [KIND.host_affinity_set]: (at, event, key) => {
    at.moved(event, key);
  },
  [KIND.vcpu_destroyed]: (at, event) => {
    at.destroy(event);
  },
  [KIND.ga_log_entry]: (at, event) => {
    at.logged(event);
  },
});
