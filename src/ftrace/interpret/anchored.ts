// What a dump of a host says of its KVM: who is who from there on, and one event for each fact. A name that a line has
// shown goes before one of the dump, and a fact about whom the trace has shown to be another is left out.

import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { newDraft, type EventDraft } from "../../domain/events/stored-event.js";
import { type TwinEvent } from "../../domain/events/event.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type IrteRef } from "../../domain/values/names.js";
import { type Word } from "../../source/header/fact-fields.js";
import {
  type HostFact,
  type IrqfdFact,
  type RouteFact,
  type VcpuFact,
  type VmFact,
} from "../../source/header/host-fact.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";
import { type World } from "./world.js";

/** Bits of an address above its lower 32 that a number holds exactly. */
const ADDRESS_HIGH_MASK = 0x1f_ffff;
const TWO_32 = 0x1_0000_0000;
const NO_PRODUCER = -1;

/** Makes the events of one dump, at its place among the lines. */
export class AnchoredHost {
  private readonly world: World;
  private readonly nextSeq: () => number;
  private readonly at: Stamp;

  /** `nextSeq` gives each event its place; `at`: the time of the line that follows. */
  constructor(world: World, nextSeq: () => number, at: Stamp) {
    this.world = world;
    this.nextSeq = nextSeq;
    this.at = at;
  }

  /** The events of all facts. Whoever they are about is made known first. */
  *eventsOf(facts: readonly HostFact[]): IterableIterator<TwinEvent> {
    for (const fact of facts) this.learn(fact);
    for (const fact of facts) yield* this.eventsOfFact(fact);
  }

  private learn(fact: HostFact): void {
    const { world } = this;
    if (fact.kind === "cpu") world.tellApic(fact.cpu, fact.apic);
    if (fact.kind === "irte") this.learnEntry(fact.irte, fact.address, fact.host_irq);
    if (fact.kind === "vm") world.vms.tell(fact);
  }

  private learnEntry(irte: IrteRef, address: Word | null, host_irq: number | null): void {
    const { world } = this;
    if (host_irq !== null && world.irteOf(host_irq) === undefined)
      world.bindIrq(host_irq, irte, false);
    if (address === null) return;
    const place = (address.high & ADDRESS_HIGH_MASK) * TWO_32 + (address.low >>> 0);
    if (world.entryAt(place) === undefined) world.bindEntry(place, irte);
  }

  private *eventsOfFact(fact: HostFact): IterableIterator<TwinEvent> {
    if (fact.kind === "cpu" || fact.kind === "irte") return;
    const vm = this.world.vms.known(fact.vm.high, fact.vm.low);
    if (vm === undefined) return;
    if (fact.kind === "vm") yield this.ofVm(fact, vm);
    else if (fact.kind === "vcpu") yield* this.ofVcpu(fact, vm);
    else if (fact.kind === "irqfd") yield this.ofIrqfd(fact, vm);
    else yield this.ofRoute(fact, vm);
  }

  private ofVm(fact: VmFact, vm: VmRow): EventDraft {
    const event = this.draft(KIND.vm_anchored, fact.place, vm);
    setPayload.inhibits(event, fact.inhibits);
    return event;
  }

  private *ofVcpu(fact: VcpuFact, vm: VmRow): IterableIterator<EventDraft> {
    const vcpu = this.world.vms.vcpus.tell(vm, fact.vcpu_id, fact.vcpu_idx);
    if (vcpu === null) return;
    if (fact.thread !== null) this.world.tasks.tellLoaded(fact.thread, vcpu);
    const { ir_list, entry } = fact;
    const event = this.draft(KIND.vcpu_anchored, fact.place, vm);
    event.vcpu = vcpu.id;
    setPayload.blocking(event, fact.blocking);
    setPayload.cpu(event, fact.cpu);
    setPayload.apicv_active(event, fact.apicv_active);
    setPayload.linked(event, ir_list?.length ?? null);
    if (entry !== null) Object.assign(event, { loH: entry.high, loL: entry.low, words: 1 });
    yield event;
    for (const [place, irte] of (ir_list ?? []).entries())
      yield this.ofLink(fact, vm, vcpu, irte, place);
  }

  private ofLink(
    { place: line }: VcpuFact,
    vm: VmRow,
    vcpu: VcpuRow,
    { segment, devid, index }: IrteRef,
    place: number,
  ): EventDraft {
    const event = this.draft(KIND.link_anchored, line, vm);
    event.vcpu = vcpu.id;
    event.segment = segment === 0 ? null : segment;
    event.devid = devid;
    event.irte_index = index;
    setPayload.place(event, place);
    return event;
  }

  private ofIrqfd({ place, gsi, host_irq }: IrqfdFact, vm: VmRow): EventDraft {
    const event = this.draft(KIND.irqfd_anchored, place, vm);
    event.gsi = gsi;
    const isConnected = host_irq !== NO_PRODUCER;
    setPayload.connected(event, host_irq === null ? null : Number(isConnected));
    if (!isConnected || host_irq === null) return event;
    event.host_irq = host_irq;
    const irte = this.world.irteOf(host_irq);
    if (irte === undefined) return event;
    event.segment = irte.segment === 0 ? null : irte.segment;
    event.devid = irte.devid;
    event.irte_index = irte.index;
    return event;
  }

  private ofRoute({ place, gsi, type, address, data }: RouteFact, vm: VmRow): EventDraft {
    const event = this.draft(KIND.route_anchored, place, vm);
    event.gsi = gsi;
    setPayload.type(event, type);
    setPayload.address(event, address === null ? null : address.low >>> 0);
    setPayload.data(event, data);
    return event;
  }

  private draft(kind: number, place: number, vm: VmRow): EventDraft {
    const { billions, rest } = this.at;
    const at = { seq: this.nextSeq(), line: -place, billions, rest, cpu: 0, task: null };
    const event = newDraft(kind, at);
    event.vm = vm.id;
    return event;
  }
}
