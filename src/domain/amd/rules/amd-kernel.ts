// A Linux host with an AMD IOMMU and AVIC that follows the rules of one release: the model moved on event by
// event, and the writes that each event demands. The rules themselves are in vcpu-rules, routing-rules and
// host-rules.

import { type Seq, type VcpuRow, type VmRow } from "../../values/ids.js";
import { agrees, isComplete, type IrteBits } from "../../values/bits.js";
import { type TwinEvent } from "../../events/event.js";
import { type Op, type Step, type Call } from "../../model/calls.js";
import { Kernel } from "../../model/kernel.js";
import { type IrteModel, type VcpuModel } from "../../model/model.js";
import { type HostFacts, type NamesOf, type RulesKernel } from "../../platform/platform.js";
import { AmdModel, type AmdIrte } from "./amd-model.js";
import { encodeGaTag, gaTagOf, type GaTag } from "../irte/ga-tag.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
import { Operations } from "./operations.js";
import { type Rules } from "../releases/releases.js";

/** What a rule is: what an event makes of the kernel's data, and which writes it demands. */
export type Rule = (at: AmdKernel, event: TwinEvent) => void;

/** A kernel under the rules of one release. */
export class AmdKernel extends Kernel<AmdModel> implements RulesKernel {
  /** The rules. */
  readonly rules: Rules;
  /** What the driver's functions write. */
  readonly ops: Operations;
  private readonly names: NamesOf;
  private readonly byKind: readonly (Rule | undefined)[];

  /** `byKind`: the rules by kind of event. */
  constructor(
    rules: Rules,
    byKind: readonly (Rule | undefined)[],
    host: HostFacts,
    names: NamesOf,
  ) {
    const model = new AmdModel(host);
    super(model);
    this.rules = rules;
    this.byKind = byKind;
    this.ops = new Operations(rules, model);
    this.names = names;
  }

  /**
   * Moves the kernel on by one event, and returns the writes that must follow on its task, in order. A write
   * that was observed is itself no cause: it demands nothing.
   */
  advance(event: TwinEvent): readonly Step[] {
    this.demanded = [];
    this.byKind[event.kind]?.(this, event);
    return this.demanded;
  }

  /** An entry was seen to be written: a remapped one shows the destination mode of the host. */
  learnFrom(seen: IrteBits): void {
    if (!isGuestMode(seen)) this.model.learnDestMode(IRTE.dm.isSet(seen));
  }

  override irteOf(event: TwinEvent): AmdIrte | null {
    return super.irteOf(event) as AmdIrte | null;
  }

  override bindIrq(event: TwinEvent): AmdIrte | null {
    return super.bindIrq(event) as AmdIrte | null;
  }

  /** The GA tag that names the vCPU; null where the vCPU is not known by name. */
  tagOf(vcpu: VcpuRow): GaTag | null {
    const names = this.names(vcpu);
    return names === undefined ? null : gaTagOf(names, this.rules);
  }

  /** The vcpu_id of a vCPU; null where the vCPU is not known by name. */
  vcpuIdOf(vcpu: VcpuRow): number | null {
    return this.names(vcpu)?.vcpu_id ?? null;
  }

  /** The event at which a vCPU took up that AVIC is inhibited; null = it is not, or that was not seen. */
  inhibitOf(vm: VmRow | null, vcpu_id: number | null): Seq | null {
    for (const [vcpu, told] of this.model.inhibited)
      if (told.vm === vm && this.names(vcpu)?.vcpu_id === vcpu_id) return told.seq;
    return null;
  }

  /** The route of a GSI has changed: the entries that it is connected to are not at rest. */
  noteRerouted(event: TwinEvent): void {
    for (const { key } of this.connectedTo(event)) this.rerouted.push(key);
  }

  /** The entries whose host IRQ is connected to an irqfd of the event's GSI. */
  connectedTo({ vm, gsi }: TwinEvent): readonly IrteModel[] {
    return vm === null || gsi === null ? [] : this.model.connectedTo(vm, gsi);
  }

  /**
   * The rules by which a function without a probe would have written these very bits on this CPU, where all
   * 128 can be told from the entry before, the CPU and irq_cfg; null = none, or not all.
   */
  ruleByBits(irte: IrteModel, cpu: number, seen: IrteBits): string | null {
    for (const [rule, op] of this.candidates(cpu)) {
      const predicted = op(irte, irte.shadow);
      if (predicted === null || predicted === "unknown" || !agrees(predicted, seen)) continue;
      if (isComplete(predicted)) return rule;
      // The first write by a CPU shows its APIC ID: the next ones can be told.
      if (rule === LOADS) this.model.learnApic(cpu, IRTE.destination.read(seen));
    }
    return null;
  }

  /**
   * Is the write of a step what its rule makes of the entry as a dump shows it? Asked where the lines alone do not tell:
   * whether the entry is on the list that is walked, what the driver's copy was, or what the driver was told.
   */
  followsDump(step: Step, irte: IrteModel, seen: IrteBits): boolean {
    const { dumped, shadow } = irte;
    if (dumped === null) return false;
    if (step.type === "walk" && shadow === null && !this.isPostedTo(dumped, step.vcpu))
      return false;
    const predicted = step.op(withDump(irte as AmdIrte, dumped), shadow ?? dumped);
    if (predicted === null || predicted === "unknown") return false;
    return isComplete(predicted) && agrees(predicted, seen);
  }

  /** Does the entry have the page or the tag of the vCPU? */
  private isPostedTo(bits: IrteBits, { vcpu, page }: VcpuModel): boolean {
    if (!isGuestMode(bits)) return false;
    const tag = this.tagOf(vcpu);
    const isTag = tag !== null && IRTE.ga_tag.read(bits) === encodeGaTag(tag, this.rules);
    return isTag || (page !== null && IRTE.ga_root_ptr.read(bits) === page);
  }

  /** For a posting the event that told the route, for an unposting the host's vector and CPU. */
  inputsOf(step: Step, irte: IrteModel, call: Call): readonly (Seq | null)[] {
    return [
      step.rule === "T1" ? call.routed : null,
      UNPOSTS.has(step.rule) ? this.model.cfgSeq(irte) : null,
    ];
  }

  private candidates(cpu: number): readonly (readonly [rule: string, op: Op])[] {
    const { ops, rules } = this;
    return [
      [LOADS, ops.update(this.model.apic(cpu), false)],
      [rules.logsOnlyBlocking ? "T5" : "T5/T6", ops.update(-1, false)],
      ["T6", ops.update(-1, true)],
      ["T2/T3/T8", ops.deactivate()],
      ["T11", ops.valid(true)],
      ["T11", ops.valid(false)],
    ];
  }
}

/** The entry with what the driver was told for it, or what the host wants, as the dump shows it. */
function withDump(irte: AmdIrte, dumped: IrteBits): AmdIrte {
  const vector = IRTE.vector.read(dumped);
  if (!isGuestMode(dumped)) {
    const dest_apicid = IRTE.destination.read(dumped);
    return { ...irte, dumpedCfg: { vector, dest_apicid } };
  }
  return {
    ...irte,
    ga_tag: irte.ga_tag ?? IRTE.ga_tag.read(dumped),
    ga_root_ptr: irte.ga_root_ptr ?? IRTE.ga_root_ptr.read(dumped),
    vector: irte.vector ?? vector,
  };
}

const LOADS = "T4/T7";
/** Rules whose writes carry irq_cfg. */
const UNPOSTS = new Set(["T2", "T3", "T8"]);
