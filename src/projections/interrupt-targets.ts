// For which vCPU a local APIC accepts an interrupt, and whether KVM has it still to inject.

import { type TwinEvent } from "../domain/events/event.js";
import { payload } from "../domain/events/payload.js";
import { type VcpuRow } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import { type VcpuName } from "./fate-vcpus.js";

/** So many values has what a line says of a vCPU: its name, or a vector. */
const TWO_32 = 2 ** 32;
const NONE = -1;

/** The vCPUs of one recording, by what acceptances say of them. */
export class InterruptTargets {
  private readonly names = new RowMap<number>();
  private readonly rows = new Map<number, VcpuRow>();
  /** By row of the task; NONE = it is not known. */
  private readonly vmOfTask = new RowMap<number>();
  /** What local APICs accepted, and KVM has to inject: vCPU and vector. */
  private readonly toInject = new Set<number>();
  private last = NONE;

  /** Notes the names of vCPUs. */
  name(vcpus: Iterable<VcpuName>): void {
    for (const { id, vcpu_id } of vcpus) this.names.set(id, vcpu_id);
  }

  /** A vCPU is of this VM. */
  meet(vm: number, vcpu: VcpuRow): void {
    const vcpu_id = this.names.get(vcpu);
    if (vcpu_id !== undefined) this.rows.set(nameKey(vm, vcpu_id), vcpu);
  }

  /** A task loads a vCPU of this VM. */
  load(task: number | null, vm: number): void {
    this.vmOfTask.set(task ?? NONE, vm);
  }

  /** The VM whose vCPU a task loaded last; undefined = none is known. */
  vmOf(task: number | null): number | undefined {
    return this.vmOfTask.get(task ?? NONE);
  }

  /** The vCPU of a VM that an acceptance names; undefined = it is not known. */
  of(vm: number | undefined, event: TwinEvent): VcpuRow | undefined {
    const vcpu_id = payload.vcpu_id(event);
    if (vm === undefined || vcpu_id === null) return undefined;
    return this.rows.get(nameKey(vm, vcpu_id));
  }

  /** The local APIC of a vCPU accepts what the event says. */
  accept(vcpu: VcpuRow, event: TwinEvent): void {
    this.last = vectorKey(vcpu, event);
    this.toInject.add(this.last);
  }

  /** AVIC delivers what was accepted last: KVM has nothing to inject. */
  deliver(): void {
    this.toInject.delete(this.last);
  }

  /** KVM injects what the event says. Returns whether its acceptance was seen. */
  inject(vcpu: VcpuRow, event: TwinEvent): boolean {
    return this.toInject.delete(vectorKey(vcpu, event));
  }

  /** What was lost may have injected everything. */
  lose(): void {
    this.toInject.clear();
  }
}

/** The name of a vCPU as one number. */
function nameKey(vm: number, vcpu_id: number): number {
  return vm * TWO_32 + vcpu_id;
}

/** A vCPU, and the vector that an event is about, as one number. */
function vectorKey(vcpu: VcpuRow, event: TwinEvent): number {
  return vcpu * TWO_32 + (payload.vector(event) ?? TWO_32 - 1);
}
