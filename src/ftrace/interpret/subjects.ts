// Whom a line is about: the IRTE, the host IRQ, the VM and the vCPU of an event.

import { KIND } from "../../domain/events/kinds.js";
import { type EventDraft } from "../../domain/events/stored-event.js";
import { FIELD } from "../text/fields.js";
import { type Interpreter } from "./interpreter.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";

/** The PCI segment of a device: the line's, else the only one in which the host has the device; null = 0000. */
export function segmentOf(at: Interpreter, devid: number | null): number | null {
  return at.number(FIELD.seg) ?? at.world.segmentOf(devid);
}

/** Largest remapping table (amd_iommu_types.h: 2K entries since 6.16). */
const IRTES_MAX = 2048;

/** The event is about the IRTE that the line's `seg=`, `devid=` and `index=` name. */
export function setIrte(at: Interpreter, event: EventDraft): void {
  event.segment = segmentOf(at, at.number(FIELD.devid));
  event.devid = at.number(FIELD.devid);
  event.irte_index = at.number(FIELD.index);
}

/** The event is about a host IRQ, and about the IRTE that it has. */
export function setIrq(at: Interpreter, event: EventDraft, host_irq: number | null): void {
  event.host_irq = host_irq;
  const irte = host_irq === null ? undefined : at.world.irteOf(host_irq);
  if (irte === undefined) return;
  event.segment = irte.segment === 0 ? null : irte.segment;
  event.devid = irte.devid;
  event.irte_index = irte.index;
}

/** From here on the event's host IRQ and those after it, `count` in all, have its IRTE and those after it. */
export function bindIrqs(at: Interpreter, count: number, event: EventDraft): void {
  const { host_irq, devid, irte_index } = event;
  if (host_irq === null || devid === null || irte_index === null) return;
  const segment = event.segment ?? 0;
  for (let i = 0; i < Math.min(count, IRTES_MAX); i++)
    at.world.bindIrq(
      host_irq + i,
      { segment, devid, index: irte_index + i },
      event.kind === KIND.irte_allocated,
    );
}

/** The event holds the 64-bit values of one field, or of two, where the line has the first. */
export function setWords(
  { fields }: Interpreter,
  event: EventDraft,
  first: number,
  second?: number,
): void {
  if (!fields.has(first)) return;
  event.loH = fields.high(first);
  event.loL = fields.low(first);
  event.words = 1;
  if (second === undefined) return;
  event.hiH = fields.high(second);
  event.hiL = fields.low(second);
  event.words = 2;
}

/**
 * The VM of the line's `kvm=`, whose avic_vm_id is learned where the line shows it; null = it has none, or its avic_vm_id
 * is that of another VM.
 */
export function vmOf(at: Interpreter): VmRow | null {
  const { fields, world } = at;
  if (!fields.has(FIELD.kvm)) return null;
  const vm_id = fields.number(FIELD.vm_id);
  const high = fields.high(FIELD.kvm);
  const low = fields.low(FIELD.kvm);
  if (world.vms.isMisnamed(high, low, vm_id)) {
    at.isMisnamed = true;
    return null;
  }
  const tid = at.line.inInterrupt ? null : at.line.pid;
  return world.vms.at(high, low, { vm_id, tid });
}

/** A new event of the vCPU that the line's `kvm=` and `id=` name; null where it names none. */
export function eventOfVcpu(at: Interpreter, kind: number): EventDraft | null {
  const vcpu_id = at.number(FIELD.id);
  meetThread(at, vcpu_id);
  const named = vmOf(at);
  if (named === null || vcpu_id === null) return null;
  const vm = kind === KIND.vcpu_destroyed ? named : livingVm(at, named, vcpu_id);
  const vcpu = at.world.vms.vcpus.at(vm, vcpu_id);
  if (!at.snapshot.isEmpty) noteThread(at, vm);
  at.world.vms.behindLosses.hasMet(vm, at.line.pid);
  const event = at.event(kind);
  event.vm = vm.id;
  event.vcpu = vcpu.id;
  setPhysicalId(at, event, vm, vcpu);
  return event;
}

function meetThread({ world, fields, line }: Interpreter, vcpu_id: number | null): void {
  const { behindLosses } = world.vms;
  if (!behindLosses.isWithin || vcpu_id === null) return;
  const vm = world.vms.known(fields.high(FIELD.kvm), fields.low(FIELD.kvm));
  if (vm !== undefined) behindLosses.meets(vm, vcpu_id, line.pid);
}

/** A vCPU that was freed prints nothing more: the line is of a new VM at the same address. */
function livingVm({ world, fields }: Interpreter, vm: VmRow, vcpu_id: number): VmRow {
  return world.vms.living(vm, fields.high(FIELD.kvm), fields.low(FIELD.kvm), vcpu_id);
}

/** The task's thread may be one that the header names. */
function noteThread({ snapshot, line, world }: Interpreter, vm: VmRow): void {
  for (const changed of snapshot.shows(vm, line.pid)) world.vms.changedVms.add(changed);
}

/** The event holds the physical ID entry of its vCPU, where the line has it. */
export function setPhysicalId(at: Interpreter, event: EventDraft, vm: VmRow, vcpu: VcpuRow): void {
  setWords(at, event, FIELD.entry);
  if (event.words > 0) at.names.showsEntry(vm, vcpu, event.loH, event.loL);
}

/** The bits of the entry in the event show who is who. */
export function learnFromBits(at: Interpreter, event: EventDraft): void {
  if (event.words === 2) at.names.written(event, event.seq);
}

/** A new event of the vCPU whose thread printed a line that names no vCPU. */
export function eventOfLoadedVcpu(at: Interpreter, kind: number): EventDraft {
  const event = at.event(kind);
  event.vm = at.task.vm;
  event.vcpu = at.task.vcpu;
  return event;
}
