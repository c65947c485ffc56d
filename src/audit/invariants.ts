// Checks the invariants along the history: after each function has run, for the entries and the vCPU
// that it touched. A violation is reported once per entity while it lasts, and counted.

import { KIND, causeCode, type TwinEvent } from "../domain/event.js";
import { INVARIANTS } from "../domain/invariants.js";
import { destinationOf, gaRootPtrOf, isGuestMode, type IrteBits } from "../domain/irte.js";
import { decodePhysicalId } from "../domain/physical-id.js";
import { decodeGaTag, type Rules } from "../domain/rules.js";
import { routeKey } from "../domain/state.js";
import { type Model, type IrteModel, type VcpuModel } from "./model.js";

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

/** Names of a vCPU as a GA tag has them. */
export type TagNames = (vcpu: number) => { vm_id: number; field: number } | null;

interface Route {
  type: number | null;
  vector: number | null;
  seq: number;
}

type Truth = boolean | null;

const UNINHIBIT = causeCode("AVIC un-inhibit");
const VALID_CAUSES = new Set(
  (["activate", "deactivate", "allocate", "free"] as const).map(causeCode),
);
const MSI = 2;

export class InvariantChecker {
  readonly counts = new Map<string, InvariantCount>(
    INVARIANTS.map(({ id }) => [id, { id, checked: 0, violations: 0, unknown: 0 }]),
  );
  readonly violations: Violation[] = [];
  private readonly rules: Rules;
  private readonly model: Model;
  private readonly names: TagNames;
  private readonly holds: ReadonlySet<string>;
  private readonly lasting = new Map<string, Violation>();
  private readonly seen = new Map<string, Violation>();
  private readonly routes = new Map<string, Route>();
  /** Host IRQ's IRTE to the irqfd it is connected to; null = connected to none. */
  private readonly connected = new Map<number, { vm: number; gsi: number; seq: number } | null>();
  private readonly pages = new Map<number, number>();
  private readonly freedPages = new Map<number, number>();
  private readonly liveVmIds = new Map<number, number>();

  constructor(rules: Rules, model: Model, names: TagNames) {
    this.rules = rules;
    this.model = model;
    this.names = names;
    this.holds = new Set(
      INVARIANTS.filter(({ holdsIn }) => holdsIn.includes(rules.id)).map(({ id }) => id),
    );
  }

  /** What an event itself says, before the rules act on it. */
  observe(event: TwinEvent, key: number | null): void {
    const { vm, gsi, kind } = event;
    if (kind === KIND.irqfd_routed && vm !== null && gsi !== null) {
      const vector = event.a === MSI && event.c !== null ? event.c & 0xff : null;
      this.routes.set(routeKey(vm, gsi), { type: event.a, vector, seq: event.seq });
    } else if (kind === KIND.irqfd_msi && vm !== null && gsi !== null) {
      this.routes.set(routeKey(vm, gsi), { type: MSI, vector: event.b, seq: event.seq });
    } else if (kind === KIND.producer_added && key !== null && vm !== null && gsi !== null) {
      this.test("I25", this.connected.get(key) == null, event.seq, {
        key,
        vcpu: null,
        evidence: [event.seq],
      });
      this.connected.set(key, { vm, gsi, seq: event.seq });
    } else if (kind === KIND.producer_removed && key !== null) this.connected.set(key, null);
    else if (kind === KIND.vcpu_created) this.create(event);
    else if (kind === KIND.vcpu_destroyed) this.destroy(event);
    else if (kind === KIND.ga_log_entry) this.logged(event);
    else if (kind === KIND.irte_written && key !== null) this.written(event, key);
    if (event.words === 1 && event.vcpu !== null && kind !== KIND.vcpu_affinity_set)
      this.entry(event);
  }

  /** A function has run: what it touched must be in order again. */
  settled(keys: Iterable<number>, seq: number): void {
    for (const key of new Set(keys)) this.irte(this.model.irte(key), seq);
  }

  // --- single events ------------------------------------------------------------------------------

  private create(event: TwinEvent): void {
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

  private destroy(event: TwinEvent): void {
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
    this.test("I14", truth, event.seq, { key, vcpu: event.vcpu, evidence: [event.seq] });
    if (page !== undefined) this.freedPages.set(page, event.vcpu);
    const names = this.names(event.vcpu);
    if (names !== null) this.liveVmIds.delete(names.vm_id);
  }

  /** Bug B7: before patch 61 the log is written for a vCPU that is merely preempted or in user space. */
  private logged(event: TwinEvent): void {
    if (event.vcpu === null) return;
    const { blocking, lastEvent } = this.model.vcpu(event.vcpu);
    const truth = blocking === null ? null : blocking;
    const evidence = lastEvent === null ? [event.seq] : [lastEvent, event.seq];
    // A vCPU that woke between the device's write and the log's reading is no violation.
    if (truth === false && this.rules.series === "after") return;
    this.test("I6", truth, event.seq, { key: null, vcpu: event.vcpu, evidence });
  }

  private written(event: TwinEvent, key: number): void {
    const before = this.model.irte(key).shadow;
    const changes =
      before === null
        ? null
        : ((before.loL ^ event.loL) & 1) === 0 ||
          event.cause === null ||
          VALID_CAUSES.has(event.cause);
    this.test("I18", changes, event.seq, { key, vcpu: null, evidence: [event.seq] });
  }

  /** The physical ID entry that a probe printed, against what went before. */
  private entry(event: TwinEvent): void {
    if (event.vcpu === null || event.kind === KIND.vcpu_created) return;
    const vcpu = this.model.vcpu(event.vcpu);
    const { is_running, ga_log_intr } = decodePhysicalId(event.loH, event.loL);
    const at = { key: null, vcpu: event.vcpu, evidence: [event.seq] };
    // Inside a function the model is ahead of the entry.
    if (event.cause_seq !== null) return;
    this.test("I21", vcpu.running === null ? null : vcpu.running === is_running, event.seq, at);
    this.test("I22", !ga_log_intr || (!is_running && vcpu.blocking !== false), event.seq, at);
  }

  // --- an entry, at rest ------------------------------------------------------------------------------

  private irte(irte: IrteModel, seq: number): void {
    const { shadow, key } = irte;
    if (shadow === null || irte.freed) return;
    const holder = this.model.holderOf(key);
    const evidence = [irte.lastWrite, holder?.lastEvent ?? null, seq].filter(
      (each) => each !== null,
    );
    const at = {
      key,
      vcpu: holder?.vcpu ?? null,
      evidence: [...new Set(evidence)].sort((a, b) => a - b),
    };
    const test = (id: string, truth: Truth): void => {
      this.test(id, truth, seq, at);
    };
    // What a list holds after its element was freed is undefined: only that it came to that is said.
    if (holder?.corrupt !== true) {
      if (isGuestMode(shadow)) this.posted(irte, shadow, holder, test);
      else this.remapped(irte, shadow, test);
      this.listed(shadow, holder, test);
    }
    if (holder !== null) {
      const connection = this.connected.get(key);
      test("I10", connection === undefined ? null : connection !== null);
    }
    this.routed(irte, shadow, holder, test);
  }

  private posted(
    irte: IrteModel,
    shadow: IrteBits,
    holder: VcpuModel | null,
    test: (id: string, truth: Truth) => void,
  ): void {
    const valid = (shadow.loL & 1) === 1;
    const isRun = (shadow.loL & 0x40) !== 0;
    const log = (shadow.loL & 0x04) !== 0;
    const destination = destinationOf(shadow);
    if (valid) test("I1", holder !== null ? true : this.listsKnown() ? false : null);
    test("I7", !(isRun && log));
    test("I6b", log);
    test("I20", destination < 0x1000);
    if (holder === null) return;
    const names = this.names(holder.vcpu);
    const tag = decodeGaTag(shadow.loH >>> 0, this.rules);
    test("I2", names === null ? null : tag.vm_id === names.vm_id && tag.vcpu === names.field);
    const page = this.pages.get(holder.vcpu);
    const route = this.routeOf(irte.key);
    const vector = route?.vector ?? null;
    test(
      "I3",
      page === undefined
        ? null
        : gaRootPtrOf(shadow) === page && (vector === null || vector === (shadow.hiL & 0xff)),
    );
    if (isRun)
      test(
        "I4",
        holder.running === null
          ? null
          : holder.running && (holder.apic === null || holder.apic === destination),
      );
    if (holder.running === true) test("I5", isRun);
    if (this.rules.series === "after") {
      test(
        "I6",
        holder.blocking === null || holder.running === true
          ? log
            ? false
            : null
          : log === holder.blocking,
      );
    }
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
    if (connection === null) {
      test("I13", !posted);
      return;
    }
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

  private test(
    id: string,
    truth: Truth,
    seq: number,
    at: { key: number | null; vcpu: number | null; evidence: readonly number[] },
  ): void {
    const count = this.counts.get(id);
    if (count === undefined) return;
    if (truth === null) {
      count.unknown++;
      return;
    }
    const bug = truth ? null : this.bugOf(id, at.key);
    if (!this.holds.has(id) && bug === null) return;
    count.checked++;
    const entity = `${id} ${bug ?? ""} ${at.key ?? ""} ${at.key === null ? (at.vcpu ?? "") : ""}`;
    if (truth) {
      this.lasting.delete(`${id} ${at.key ?? at.vcpu ?? ""}`);
      return;
    }
    count.violations++;
    const lasting = this.lasting.get(`${id} ${at.key ?? at.vcpu ?? ""}`);
    const known = lasting ?? this.seen.get(entity);
    if (known !== undefined) {
      known.times++;
      return;
    }
    const violation: Violation = { id, bug, seq, ...at, times: 1 };
    this.lasting.set(`${id} ${at.key ?? at.vcpu ?? ""}`, violation);
    this.seen.set(entity, violation);
    this.violations.push(violation);
  }

  /** The known bug of this profile that a violation is; null = none, it is something new. */
  private bugOf(id: string, key: number | null): string | null {
    const { id: profile, series } = this.rules;
    if (profile === "6.17" && (id === "I13" || id === "I10" || id === "I1" || id === "I14"))
      return "B6";
    if (series === "after") return null;
    switch (id) {
      case "I12":
      case "I13":
      case "I10":
      case "I14":
        return "B1";
      case "I11":
        return "B5";
      case "I5":
        return key !== null && this.model.irte(key).lastCause === UNINHIBIT ? "B4" : null;
      case "I6":
        return key === null ? "B7" : null;
      default:
        return null;
    }
  }

  /** Bug B3, seen as it happens: the second write that a running vCPU's IRTE needs before the series. */
  secondWrite(seq: number, key: number, vcpu: number | null, evidence: readonly number[]): void {
    const known = this.seen.get(`B3 ${key}`);
    if (known !== undefined) {
      known.times++;
      return;
    }
    const violation: Violation = { id: "I5", bug: "B3", seq, key, vcpu, evidence, times: 1 };
    this.seen.set(`B3 ${key}`, violation);
    this.violations.push(violation);
  }
}
