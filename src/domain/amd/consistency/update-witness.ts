// The update of an irqfd's host IRQ: its caller, kvm_arch_update_irqfd_routing(), the MSI that its route holds,
// avic_pi_update_irte(), the driver and the tracepoint at its end print the same VM, GSI, host IRQ, vCPU and vector, as
// far as each prints them.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Seq } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** What a line says of the update; null or left out = it does not. */
interface Said {
  readonly vm?: number | null;
  readonly gsi?: number | null;
  readonly host_irq?: number | null;
  readonly vector?: number | null;
  readonly vcpu?: number | null;
  readonly vcpu_id?: number | null;
  /** Is there a vCPU to post to? */
  readonly hasTarget?: 0 | 1;
}
type Field = keyof Said;

/** What was said of the update under way on a task, and by which event. */
interface Update {
  readonly root: Seq;
  readonly said: Map<Field, { readonly value: number; readonly by: TwinEvent }>;
}

const CALLERS = new Set<number>([KIND.gsi_routing_set, KIND.producer_added, KIND.producer_removed]);

/** Watches updates (C17). */
export class UpdateWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly updates = new Map<number, Update>();
  /** The MSI of an update. */
  private readonly msis = new WeakMap<Update, Seq>();

  /** The line of the route that an update is about. */
  private readonly routed = new WeakMap<Update, TwinEvent>();

  /** A line told what the driver was given: the probe reads it. */
  private showsMode = false;

  /** Each function that an update begins or ends in has its line: else one update is taken for another. */
  private readonly seesAll: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesAll = at.seesAll(
      ...[PROBE.set_irq_routing, PROBE.update_irqfd_routing, PROBE.add_producer],
      ...[PROBE.del_producer, PROBE.avic_pi_update, PROBE.ir_set_vcpu_affinity],
    );
  }

  observe(event: TwinEvent): void {
    const { task, kind, cause_seq, seq } = event;
    if (task === null || !this.seesAll) return;
    const root = cause_seq ?? seq;
    let update = this.updates.get(task);
    if (CALLERS.has(kind) || update?.root !== root) {
      if (!CALLERS.has(kind) && !isOfUpdate(kind)) return;
      update = { root, said: new Map() };
      this.updates.set(task, update);
    }
    const said = this.saidBy(event);
    if (said === null) return;
    // Each irqfd of a routing change has an update of its own; only the VM is the same.
    if (kind === KIND.irqfd_routed) for (const each of OF_IRQFD) update.said.delete(each);
    this.testMsi(event, update);
    this.testRoute(event, update);
    for (const field of FIELDS) this.test(event, update, field, said[field] ?? null);
  }

  /** The vector of an update that has a target is that of an MSI, which is printed. */
  private testMsi(event: TwinEvent, update: Update): void {
    const { kind, vcpu, seq } = event;
    if (kind === KIND.irqfd_msi) this.msis.set(update, seq);
    if (kind === KIND.irqfd_routed) this.msis.delete(update);
    const isOfMsi =
      kind === KIND.pi_update_decided || (kind === KIND.pi_update_requested && vcpu !== null);
    const hasTarget = kind !== KIND.pi_update_decided || payload.enabled(event) === 1;
    if (!isOfMsi || !hasTarget || this.msis.has(update) || !this.at.sees(PROBE.kvm_msi_set_irq))
      return;
    // Where the recording begins within the update, the line of its MSI may be before.
    if (this.at.before === undefined) return;
    this.msis.set(update, seq);
    this.at.report("C17", event, [event.cause_seq, this.at.before.seq], { root: update.root });
  }

  /** Since the series the MSI of a route is printed before the update that it brings about. */
  private testRoute(event: TwinEvent, update: Update): void {
    const { kind, seq } = event;
    if (kind === KIND.irqfd_routed) this.routed.set(update, event);
    if (kind !== KIND.pi_update_requested || !this.at.kernel.rules.unlinksFirst) return;
    const route = this.routed.get(update);
    this.routed.delete(update);
    if (route === undefined || !this.at.sees(PROBE.kvm_msi_set_irq)) return;
    if (payload.type(route) !== ROUTING_MSI || this.msis.has(update)) return;
    this.msis.set(update, seq);
    reportUpdate(this.at, "C17", event, [route.seq], { root: update.root });
  }

  forget(): void {
    this.updates.clear();
  }

  private test(event: TwinEvent, { said, root }: Update, field: Field, value: number | null): void {
    if (value === null) return;
    const known = said.get(field);
    said.set(field, { value, by: event });
    if (known === undefined || known.value === value) return;
    reportUpdate(this.at, "C17", event, [known.by.seq], { root });
    const { model } = this.at.kernel;
    const key = irteKeyOf(event);
    // Which of them the producer is connected to is not known.
    for (const each of [key, irteKeyOf(known.by)])
      if (each !== null) model.irte(each).connection = undefined;
    if (field === "vcpu_id" && event.vcpu !== null) model.vcpu(event.vcpu).listKnown = false;
    if (field === "vcpu")
      for (const vcpu of [value, known.value]) model.vcpu(vcpu).listKnown = false;
    if (key === null) model.hasLostLink = true;
  }

  private saidBy(event: TwinEvent): Said | null {
    const { kind, vm, gsi, host_irq } = event;
    switch (kind) {
      case KIND.gsi_routing_set:
        return { vm };
      case KIND.producer_added:
      case KIND.producer_removed:
        return { vm, gsi, host_irq };
      case KIND.irqfd_routed:
        return { vm, gsi, host_irq, vector: vectorOf(event) };
      case KIND.irqfd_msi:
        return { vector: payload.vector(event) };
      case KIND.pi_update_requested:
        return this.saidByRequest(event);
      case KIND.vcpu_affinity_set:
        return { ...this.saidToDriver(event), host_irq };
      case KIND.pi_update_decided:
        return this.saidByDecision(event);
      default:
        return null;
    }
  }

  /** Since the series the driver is given nothing where there is no target, and then the line prints no mode. */
  private saidToDriver(event: TwinEvent): Said {
    const { vcpu } = event;
    const mode = payload.is_guest_mode(event);
    this.showsMode ||= mode !== null;
    const isOfTarget = this.showsMode && this.at.kernel.rules.unlinksFirst;
    const target = isOfTarget ? ({ hasTarget: mode === null ? 0 : 1 } as const) : {};
    return mode === 1 ? { vcpu, ...target } : target;
  }

  private saidByRequest(event: TwinEvent): Said {
    const { vm, gsi, host_irq, vcpu } = event;
    const vector = vcpu === null ? null : payload.vector(event);
    const isOfTarget = this.at.kernel.rules.unlinksFirst;
    const target = isOfTarget ? ({ hasTarget: vcpu === null ? 0 : 1 } as const) : {};
    const vcpu_id = vcpu === null || !isOfTarget ? null : this.at.kernel.vcpuIdOf(vcpu);
    return { vm, gsi, host_irq, vcpu, vcpu_id, vector, ...target };
  }

  /** Since the series the vCPU is -1 where there is none to post to. */
  private saidByDecision(event: TwinEvent): Said {
    const { gsi, host_irq } = event;
    const vcpu_id = payload.vcpu_id(event);
    const isOfTarget = this.at.kernel.rules.unlinksFirst && vcpu_id !== null;
    const target = isOfTarget ? ({ hasTarget: vcpu_id < 0 ? 0 : 1 } as const) : {};
    const named = isOfTarget && vcpu_id >= 0 ? { vcpu_id } : {};
    return { gsi, host_irq, vector: payload.vector(event), ...named, ...target };
  }
}

const OF_IRQFD: readonly Field[] = ["gsi", "host_irq", "vector", "vcpu", "vcpu_id", "hasTarget"];
const FIELDS: readonly Field[] = ["vm", ...OF_IRQFD];

/** enum KVM_IRQ_ROUTING_*: the route is an MSI. */
const ROUTING_MSI = 2;

function isOfUpdate(kind: number): boolean {
  return kind === KIND.irqfd_routed || kind === KIND.pi_update_requested;
}

/** The vector of the route's MSI; null where the line does not print it, or it is no MSI. */
function vectorOf(event: TwinEvent): number | null {
  const data = payload.data(event);
  return payload.type(event) === ROUTING_MSI && data !== null ? data & 0xff : null;
}
