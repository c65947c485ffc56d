// Irqfds: KVM_IRQFD assigns them, and irqfd_shutdown() releases them, before their VM ends.

import { routeKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type RouteKey, type Seq, type VmRow } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** The irqfds of a GSI: how many there are, and the event that changed that last. */
interface Assigned {
  count: number;
  seq: Seq;
}

/** Watches irqfds (C20). */
export class IrqfdWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly seesAll: boolean;
  /** The irqfds of the VMs whose creation was seen. */
  private readonly vms = new Map<
    VmRow,
    { readonly seq: Seq; readonly gsis: Map<RouteKey, Assigned> }
  >();

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesAll = at.seesAll(
      ...[PROBE.kvm_irqfd, PROBE.kvm_irqfd_ret, PROBE.irqfd_shutdown, PROBE.vm_init],
      ...[PROBE.add_producer, PROBE.del_producer],
    );
  }

  observe(event: TwinEvent): void {
    const { kind, vm, seq } = event;
    if (vm === null || !this.seesAll) return;
    if (kind === KIND.vm_created) this.vms.set(vm, { seq, gsis: new Map() });
    else if (kind === KIND.irqfd_assigned) this.change(event, 1);
    else if (kind === KIND.irqfd_shut_down) this.change(event, -1);
    else if (kind === KIND.vm_destroyed) this.end(event, vm);
    else if (kind === KIND.producer_added || kind === KIND.producer_removed) this.change(event, 0);
    else if (kind === KIND.call_failed && payload.of_kind(event) === KIND.irqfd_assigned)
      this.vms.delete(vm);
  }

  forget(): void {
    this.vms.clear();
  }

  private change(event: TwinEvent, by: number): void {
    const vm = this.vms.get(event.vm ?? 0);
    const key = routeKeyOf(event);
    if (vm === undefined || key === null) return;
    const assigned = vm.gsis.get(key) ?? { count: 0, seq: vm.seq };
    // A producer goes with its consumer, just after the irqfd's release has begun.
    const isRelease = event.kind === KIND.producer_removed;
    const isThere = by > 0 || assigned.count > 0 || (isRelease && vm.gsis.has(key));
    if (!isThere) reportUpdate(this.at, "C20", event, [assigned.seq]);
    const count = Math.max(0, assigned.count + by);
    vm.gsis.set(key, { count: isThere ? count : Math.max(count, 1 + by), seq: event.seq });
  }

  private end(event: TwinEvent, vm: VmRow): void {
    for (const { count, seq } of this.vms.get(vm)?.gsis.values() ?? [])
      if (count > 0) this.at.report("C20", event, [seq]);
    this.vms.delete(vm);
  }
}
