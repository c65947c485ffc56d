// Whom the last events of a recording are about: a kernel function may still be at work there.

import { KIND } from "../../domain/events/kinds.js";
import { type TwinEvent } from "../../domain/events/event.js";

/** What changes the state of a VM or vCPU that the line may not name. */
const OF_SOME_VM: ReadonlySet<number> = new Set([
  ...[KIND.events_lost, KIND.avic_refreshed, KIND.avic_inhibit_requested],
  ...[KIND.avic_inhibit_set, KIND.avic_inhibit_cleared],
]);

/** The VMs and vCPUs that some events are about, by row number. */
export class Touched {
  private readonly vms = new Set<number>();
  private readonly vcpus = new Set<number>();
  /** An event is about a VM that it does not tell. */
  private isAny = false;

  /** `events`: the last ones. */
  constructor(events: readonly TwinEvent[]) {
    for (const event of events) this.note(event);
  }

  /** Is one about the VM itself: its irqfds, its routes, its inhibits, its birth or its end? */
  hasVm(vm: number): boolean {
    return this.isAny || this.vms.has(vm);
  }

  /** Is one about the vCPU? */
  hasVcpu(vcpu: number): boolean {
    return this.isAny || this.vcpus.has(vcpu);
  }

  private note({ kind, vm, vcpu, gsi }: TwinEvent): void {
    if (vcpu !== null) this.vcpus.add(vcpu);
    if (vm !== null && (vcpu === null || gsi !== null)) this.vms.add(vm);
    if (vm === null && (gsi !== null || OF_SOME_VM.has(kind))) this.isAny = true;
  }
}
