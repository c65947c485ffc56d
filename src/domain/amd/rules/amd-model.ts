// What AMD's driver and the host add to the model of KVM: what the driver was told for a posted entry, irq_cfg
// of host IRQs, the APIC IDs of CPUs, and the destination mode of the APICs.
//
// Source: drivers/iommu/amd/amd_iommu_types.h, struct amd_ir_data; arch/x86/include/asm/hw_irq.h, struct irq_cfg.

import { type IrteKey, type Seq } from "../../values/ids.js";
import { type HostFacts } from "../../platform/platform.js";
import { Model, newIrte, type IrteModel } from "../../model/model.js";
import { type HostTarget, type PostTarget } from "./iommu-driver.js";

/** An entry, and what KVM handed to the driver for it (struct amd_ir_data). */
export interface AmdIrte extends IrteModel, PostTarget {
  /** The GA tag; null = not observed. */
  ga_tag: number | null;
  /** Backing page address >> 12; null = not observed. */
  ga_root_ptr: number | null;
  /** The guest's vector; null = not observed. */
  vector: number | null;
  /** ir_data->cached_ga_tag, before the series; 0 = none. */
  cached_ga_tag: number | null;
  /** Where a dump shows that the host wants the interrupt; null in the model itself. */
  readonly dumpedCfg: Pick<HostTarget, "vector" | "dest_apicid"> | null;
}

/** irq_cfg of a host IRQ, and the event that changed it last. */
interface IrqCfg {
  readonly vector: number | null;
  readonly dest_apicid: number | null;
  readonly seq: Seq;
}

const UNTOLD = { ga_tag: null, ga_root_ptr: null, vector: null, cached_ga_tag: null } as const;

/** The model, with what AMD's driver and host add. */
export class AmdModel extends Model {
  private readonly cfgs = new Map<number, IrqCfg>();
  private readonly host: HostFacts;
  private readonly learnedApics = new Map<number, number>();
  private logical: boolean | null;

  /** `host`: what the recording shows of the host's APICs. */
  constructor(host: HostFacts) {
    super();
    this.host = host;
    this.logical = host.logical;
  }

  override irte(key: IrteKey): AmdIrte {
    let irte = this.irtes.get(key);
    if (irte === undefined) {
      irte = Object.assign(newIrte(key), UNTOLD, { dumpedCfg: null });
      this.irtes.set(key, irte);
    }
    this.asked.add(irte);
    return irte as AmdIrte;
  }

  /** A CPU's APIC ID; null where no event showed it. */
  apic(cpu: number): number | null {
    return this.host.apicOfCpu.get(cpu) ?? this.learnedApics.get(cpu) ?? null;
  }

  /** The destination of a write by this CPU shows its APIC ID. */
  learnApic(cpu: number, apic_id: number): void {
    this.learnedApics.set(cpu, apic_id);
  }

  /** An entry shows the destination mode: one for the host, so the first word counts. */
  learnDestMode(logical: boolean): void {
    this.logical ??= logical;
  }

  /** The host gave an IRQ another vector or destination. */
  setCfg(host_irq: number, vector: number | null, dest_apicid: number | null, seq: Seq): void {
    this.cfgs.set(host_irq, { vector, dest_apicid, seq });
  }

  /** The host IRQ is gone, and its irq_cfg with it: the number may come back with another. */
  removeCfg({ host_irq }: IrteModel): void {
    if (host_irq !== null) this.forgetCfg(host_irq);
  }

  /** Where the host wants the interrupt is not known any more. */
  forgetCfg(host_irq: number): void {
    this.cfgs.delete(host_irq);
  }

  /** The event that changed the IRTE's irq_cfg last; null = none was seen. */
  cfgSeq(irte: IrteModel): Seq | null {
    return this.cfgOf(irte)?.seq ?? null;
  }

  /** Where the host wants the IRTE's interrupt. */
  hostTarget(irte: IrteModel & Partial<Pick<AmdIrte, "dumpedCfg">>): HostTarget {
    const cfg = this.cfgOf(irte) ?? irte.dumpedCfg;
    return {
      vector: cfg?.vector ?? null,
      dest_apicid: cfg?.dest_apicid ?? null,
      logical: this.logical,
    };
  }

  /** An update of the entry was not seen: it may be on any list, and the driver may have been told anything. */
  doubtUpdate(key: IrteKey): void {
    this.doubtLink(key);
    Object.assign(this.irte(key), UNTOLD);
  }

  override forget(): void {
    super.forget();
    this.cfgs.clear();
  }

  protected override forgetIrte(irte: IrteModel): void {
    super.forgetIrte(irte);
    Object.assign(irte, UNTOLD);
  }

  private cfgOf({ host_irq }: IrteModel): IrqCfg | undefined {
    return host_irq === null ? undefined : this.cfgs.get(host_irq);
  }
}
