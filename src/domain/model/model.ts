// What the rules need to know of the kernel's inside, as far as events tell it: the driver's private
// data of each IRTE, each vCPU's ir_list and physical ID entry, the CPUs' APIC IDs.

import { type IrteBits } from "../bits.js";
import { type HostTarget } from "../amd/iommu-driver.js";

/** struct amd_ir_data, its IRTE and its Linux IRQ. */
export interface IrteModel {
  readonly key: number;
  /** ir_data->entry; null = not observed. */
  shadow: IrteBits | null;
  /** What the shadow is instead, if the last write was misreported rather than misdone. */
  otherwise: IrteBits | null;
  ga_tag: number | null;
  ga_root_ptr: number | null;
  vector: number | null;
  /** ir_data->cached_ga_tag, before the series; 0 = none. */
  cached_ga_tag: number | null;
  host_irq: number | null;
  /** free_irte() was called: whoever still holds a pointer to it reads freed memory. */
  freed: boolean;
  /**
   * It was freed while linked, or its list's element was: whoever walks that list may write it, or not.
   */
  dangling: boolean;
  /** The event that put it on the list that it is on; null = not observed. */
  linkedBy: number | null;
  /** The event that wrote it last. */
  lastWrite: number | null;
  /** Code of the cause of that write, and the seq of the function's event. */
  lastCause: number | null;
  lastRoot: number | null;
  /** The last update asked to post it to a vCPU, whether AVIC let it or not; null = not observed. */
  wanted: boolean | null;
  /** Functions under way whose effect was seen before their own write. */
  readonly early: Set<unknown>;
}

export interface VcpuModel {
  readonly vcpu: number;
  /** irteKey()s of svm->ir_list, newest first. */
  list: number[];
  /** Those that an update under way takes off it or puts onto it, before or after now. */
  changing: readonly number[];
  /** The vCPU's creation was observed, so the list is complete. */
  listKnown: boolean;
  /** IsRunning, GA_LOG_INTR and the APIC ID of the physical ID entry. */
  running: boolean | null;
  ga_log_intr: boolean | null;
  apic: number | null;
  blocking: boolean | null;
  active: boolean | null;
  /** An element of its list was freed while linked: the list is undefined from then on. */
  corrupt: boolean;
  lastEvent: number | null;
}

export class Model {
  readonly irtes = new Map<number, IrteModel>();
  readonly vcpus = new Map<number, VcpuModel>();
  /** irq_cfg by Linux IRQ. */
  private readonly cfgs = new Map<
    number,
    { vector: number | null; dest_apicid: number | null; seq: number }
  >();
  private readonly apicOfCpu: ReadonlyMap<number, number>;
  private readonly learned = new Map<number, number>();
  /** The vCPU whose list holds an entry, by irteKey(). */
  private readonly holders = new Map<number, VcpuModel>();
  /** The vCPUs whose `changing` has an entry. */
  private readonly relinks = new Map<number, readonly VcpuModel[]>();
  /** apic->dest_mode_logical. */
  private logical: boolean | null = null;

  /** `apicOfCpu`: constant for a boot, so it is known from the first event on. */
  constructor(apicOfCpu: ReadonlyMap<number, number>) {
    this.apicOfCpu = apicOfCpu;
  }

  irte(key: number): IrteModel {
    let irte = this.irtes.get(key);
    if (irte === undefined) {
      irte = {
        key,
        shadow: null,
        otherwise: null,
        ga_tag: null,
        ga_root_ptr: null,
        vector: null,
        cached_ga_tag: null,
        host_irq: null,
        freed: false,
        dangling: false,
        linkedBy: null,
        lastWrite: null,
        lastCause: null,
        lastRoot: null,
        wanted: null,
        early: new Set(),
      };
      this.irtes.set(key, irte);
    }
    return irte;
  }

  vcpu(vcpu: number): VcpuModel {
    let model = this.vcpus.get(vcpu);
    if (model === undefined) {
      model = {
        vcpu,
        list: [],
        changing: [],
        listKnown: false,
        running: null,
        ga_log_intr: null,
        apic: null,
        blocking: null,
        active: null,
        corrupt: false,
        lastEvent: null,
      };
      this.vcpus.set(vcpu, model);
    }
    return model;
  }

  /** A CPU's APIC ID; null where no event showed it. */
  apic(cpu: number): number | null {
    return this.apicOfCpu.get(cpu) ?? this.learned.get(cpu) ?? null;
  }

  learnApic(cpu: number, apic_id: number): void {
    this.learned.set(cpu, apic_id);
  }

  /** One for the host, so the first word counts. */
  learnDestMode(logical: boolean): void {
    this.logical ??= logical;
  }

  setCfg(host_irq: number, vector: number | null, dest_apicid: number | null, seq: number): void {
    this.cfgs.set(host_irq, { vector, dest_apicid, seq });
  }

  /** The host IRQ is gone, and its irq_cfg with it: the number may come back with another. */
  forgetCfg({ host_irq }: IrteModel): void {
    if (host_irq !== null) this.cfgs.delete(host_irq);
  }

  /** The event that changed the IRTE's irq_cfg last; 0 = none. */
  cfgSeq(irte: IrteModel): number {
    return irte.host_irq === null ? 0 : (this.cfgs.get(irte.host_irq)?.seq ?? 0);
  }

  host(irte: IrteModel): HostTarget {
    const cfg = irte.host_irq === null ? undefined : this.cfgs.get(irte.host_irq);
    return {
      vector: cfg?.vector ?? null,
      dest_apicid: cfg?.dest_apicid ?? null,
      logical: this.logical,
    };
  }

  /** The vCPU whose list holds the IRTE. */
  holderOf(key: number): VcpuModel | null {
    return this.holders.get(key) ?? null;
  }

  unlink(key: number): void {
    const holder = this.holders.get(key);
    if (holder === undefined) return;
    this.holders.delete(key);
    holder.list = holder.list.filter((other) => other !== key);
  }

  /** A function that has been entered unlinks the entry, or links it to `target`: its locks come later. */
  relinking(key: number, target: VcpuModel | null): void {
    for (const vcpu of [this.holderOf(key), target]) {
      if (vcpu === null) continue;
      vcpu.changing = [...vcpu.changing, key];
      this.relinks.set(key, [...(this.relinks.get(key) ?? []), vcpu]);
    }
  }

  /** That is over. */
  relinked(key: number): void {
    for (const vcpu of this.relinks.get(key) ?? [])
      vcpu.changing = vcpu.changing.filter((other) => other !== key);
    this.relinks.delete(key);
  }

  /** list_add(): at the head. */
  link(key: number, vcpu: VcpuModel, seq: number): void {
    this.unlink(key);
    this.irte(key).linkedBy = seq;
    vcpu.list = [key, ...vcpu.list];
    this.holders.set(key, vcpu);
  }

  /** A link that was made unseen shows itself, after those that are known. */
  append(key: number, vcpu: VcpuModel): void {
    this.unlink(key);
    vcpu.list = [...vcpu.list, key];
    this.holders.set(key, vcpu);
  }

  /** Events were lost: whatever could have changed unseen is not known any more. */
  forget(): void {
    for (const irte of this.irtes.values()) {
      Object.assign(irte, UNKNOWN_IRTE);
      irte.early.clear();
    }
    this.cfgs.clear();
    this.holders.clear();
    this.relinks.clear();
    for (const vcpu of this.vcpus.values())
      Object.assign(vcpu, UNKNOWN_VCPU, { list: [], changing: [] });
  }
}

/** What lost events may have changed. */
const UNKNOWN_IRTE = {
  shadow: null,
  otherwise: null,
  ga_tag: null,
  ga_root_ptr: null,
  vector: null,
  cached_ga_tag: null,
  freed: false,
  dangling: false,
  linkedBy: null,
  wanted: null,
} as const satisfies Partial<IrteModel>;

const UNKNOWN_VCPU = {
  listKnown: false,
  running: null,
  ga_log_intr: null,
  apic: null,
  blocking: null,
  active: null,
} as const satisfies Partial<VcpuModel>;
