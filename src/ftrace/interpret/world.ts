// Who is who in one recording: tasks by pid, VMs by their struct kvm, vCPUs by VM and vcpu_id, host IRQs by
// IRTE, CPUs by APIC ID.

import { sameBits, type IrteBits } from "../../domain/values/bits.js";
import { RowMap } from "../../domain/values/row-map.js";
import { type DeviceRef } from "../../domain/values/names.js";
import { type DumpedEntry } from "../../source/header/irqtbl.js";
import { Tasks } from "./tasks.js";
import { Vms } from "./vms.js";
import { type ChangedRows, type FirstIds } from "../../source/rows.js";

/** An entry of a remapping table, by the device that uses the table and its index in it. */
export interface Irte {
  /** PCI segment. */
  readonly segment: number;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** The index of the entry in that table. */
  readonly index: number;
}

/** Who is who in one recording. */
export class World {
  /** The tasks. */
  readonly tasks: Tasks;
  /** The VMs and vCPUs. */
  readonly vms: Vms;
  /** The rows that were made or changed. */
  readonly changed: ChangedRows;
  private readonly apics = new Set<number>();
  /** As the header tells them: a line of the trace goes before it. */
  private readonly told = new Map<number, number>();
  private readonly irtes = new RowMap<Irte>();
  /** Host IRQs whose entry alloc_irq_index() has shown, and no free_irte() since. */
  private readonly allocated = new Set<number>();

  private readonly entries = new Map<number, Irte>();
  /** The PCI segments of the host's devices, where it has several; null = more than one has the device. */
  private readonly segments = new Map<number, number | null>();
  /** The entries of dumps, with what the dumps show of them. */
  private dumped: DumpedEntry[] = [];

  /** `first`: the numbers of the rows that come next. */
  constructor(first: FirstIds) {
    this.tasks = new Tasks(first.task);
    this.vms = new Vms(first);
    this.changed = {
      tasks: this.tasks.changed,
      vms: this.vms.changedVms,
      vcpus: this.vms.vcpus.changed,
      cpus: [],
    };
  }

  /** Events were lost: what was under way is not known any more, nor which vCPUs a VM and which entry a host IRQ has. */
  forget(): void {
    this.tasks.forget();
    this.vms.lose();
    this.allocated.clear();
    this.irtes.clear();
    this.dumped = [];
  }

  /** A physical ID entry with IsRunning set names the APIC ID of the CPU it was loaded on. */
  learnApic(cpu: number, apic_id: number): void {
    if (this.apics.has(cpu)) return;
    this.apics.add(cpu);
    if (this.told.get(cpu) !== apic_id) this.changed.cpus.push({ cpu, apic_id });
  }

  /** The header says which APIC ID a CPU has, unless a line of the trace has shown it. */
  tellApic(cpu: number, apic_id: number): void {
    if (this.apics.has(cpu) || this.told.get(cpu) === apic_id) return;
    this.told.set(cpu, apic_id);
    this.changed.cpus.push({ cpu, apic_id });
  }

  /** The header names a device of the host. */
  tellDevice({ segment, devid }: DeviceRef): void {
    const known = this.segments.get(devid);
    this.segments.set(devid, known === undefined || known === segment ? segment : null);
  }

  /** The segment of a device that lines name without one; null = 0000, or not known. */
  segmentOf(devid: number | null): number | null {
    if (this.segments.size === 0 || devid === null) return null;
    const segment = this.segments.get(devid) ?? 0;
    return segment === 0 ? null : segment;
  }

  /** A line shows which IRTE a host IRQ has. `isAllocated`: from here on, until it is freed. */
  bindIrq(host_irq: number, irte: Irte, isAllocated: boolean): void {
    if (isAllocated) this.allocated.add(host_irq);
    else if (this.allocated.has(host_irq)) return;
    this.irtes.set(host_irq, irte);
  }

  /** The IRTE is freed: its host IRQ may get another one. */
  freeIrte({ segment, devid, index }: Irte): void {
    for (const host_irq of this.allocated) {
      const irte = this.irtes.get(host_irq);
      if (irte?.segment === segment && irte.devid === devid && irte.index === index)
        this.allocated.delete(host_irq);
    }
  }

  /** The IRTE that a host IRQ had when a line last showed it. */
  irteOf(host_irq: number): Irte | undefined {
    return this.irtes.get(host_irq);
  }

  /** A line shows at which address of the kernel an entry stands (its lower bits, exact). Tables never move. */
  bindEntry(address: number, irte: Irte): void {
    this.entries.set(address, irte);
  }

  /** The entry at an address; undefined = no line has shown it. */
  entryAt(address: number): Irte | undefined {
    return this.entries.get(address);
  }

  /** A dump of the table shows an entry. */
  noteDumped(entry: DumpedEntry): void {
    this.dumped.push(entry);
  }

  /**
   * The entry that an exchange at an address that no line has shown before finds in the table: the only one of those
   * that a dump shows with these bits, and that stands at no known address. undefined = none, or several.
   */
  entryWith(bits: IrteBits): Irte | undefined {
    const same = this.dumped.filter((entry) => sameBits(entry.bits, bits));
    const bound = [...this.entries.values()];
    const [found, ...others] = same.filter(
      ({ segment, devid, index }) =>
        !bound.some((at) => at.segment === segment && at.devid === devid && at.index === index),
    );
    return others.length === 0 ? found : undefined;
  }
}
