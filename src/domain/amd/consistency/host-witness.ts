// The host's vector and CPU of an interrupt: who chooses them, and who takes them up.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type IrteKey } from "../../values/ids.js";
import { IRTE } from "../irte/irte-fields.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

const ACTIVATE = causeCode("activate");
const DEACTIVATE = causeCode("deactivate");
/** What the host decides for all entries. */
const MODES = [IRTE.int_type, IRTE.dm];

/** Watches the affinity of host IRQs (C13). */
export class HostWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly cfgs = new Map<number, TwinEvent>();
  /** Tasks whose last event is a write. */
  private readonly written = new Set<number>();
  /** The activation in which the host's vector was taken up and not written yet, by task. */
  private readonly activated = new Map<number, number>();
  /** The last deactivation, by task: before its own entry is written, and from then on. */
  private readonly deactivating = new Map<number, TwinEvent>();
  private readonly deactivated = new Map<number, TwinEvent>();
  /** The last line of irte_ga_set_affinity(), by task. */
  private readonly affinities = new Map<number, TwinEvent>();
  /** The last line of irte_ga_prepare(). */
  private prepared: TwinEvent | null = null;

  /** The line of irte_ga_prepare() of each entry, and the first write since. */
  private readonly preparations = new Map<IrteKey, { line: TwinEvent; write: TwinEvent | null }>();

  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    this.noteActivation(event);
    this.noteDeactivation(event);
    if (event.kind === KIND.host_affinity_set) this.testAffinity(event);
    this.notePreparation(event);
    if (event.kind === KIND.irte_prepared) this.testPrepared(event);
    if (event.kind === KIND.host_vector_assigned && event.host_irq !== null)
      this.cfgs.set(event.host_irq, event);
  }

  forget(): void {
    this.cfgs.clear();
    this.affinities.clear();
    this.preparations.clear();
  }

  /** The first write since irte_ga_prepare() has the bits that it prepared: nothing else is known of the entry. */
  isOtherThanPrepared(write: TwinEvent): boolean {
    const prepared = this.preparations.get(irteKeyOf(write) ?? -1);
    if (prepared?.write?.seq !== write.seq) return false;
    this.at.report("C13", write, [prepared.line.seq]);
    return true;
  }

  private notePreparation(event: TwinEvent): void {
    const key = irteKeyOf(event);
    if (key === null) return;
    const { kind } = event;
    if (kind === KIND.irte_prepared) this.preparations.set(key, { line: event, write: null });
    else if (kind === KIND.irte_freed) this.preparations.delete(key);
    const prepared = this.preparations.get(key);
    if (kind !== KIND.irte_written || prepared === undefined) return;
    if (prepared.write === null) prepared.write = event;
    else this.preparations.delete(key);
  }

  /**
   * A write of another entry than the line of irte_ga_set_affinity() in its call names: does it follow that line, or has
   * its host IRQ the vector and CPU of the line, and that of the entry in the line has not?
   */
  isMisnamed(write: TwinEvent): boolean {
    const line = this.affinities.get(write.task ?? -1);
    const key = irteKeyOf(write);
    if (line === undefined || key === null || irteKeyOf(line) === key) return false;
    const root = line.cause_seq ?? line.seq;
    if (root !== write.cause_seq) return false;
    const cfg = this.cfgOf(key);
    if (this.at.before?.seq !== line.seq && !this.isOfOther(line, cfg)) return false;
    this.at.report("C13", write, [cfg?.seq, line.seq], { root });
    return true;
  }

  /** Has the host IRQ with this vector and CPU the ones of the line, and that of the entry in the line has not? */
  private isOfOther(line: TwinEvent, cfg: TwinEvent | undefined): boolean {
    const named = this.cfgOf(irteKeyOf(line));
    const isNamed = named !== undefined && isOfCfg(line, named);
    return cfg !== undefined && isOfCfg(line, cfg) && !isNamed;
  }

  /** A write of an activation that does not explain it: is there no line of irte_ga_set_affinity() for it? */
  lacksDriver(write: TwinEvent): boolean {
    if (write.cause !== ACTIVATE || !this.at.sees(PROBE.irte_set_affinity)) return false;
    return this.activated.get(write.task ?? -1) !== write.cause_seq;
  }

  /** One more write in a deactivation, of another entry: the line of its own deactivation is missing. */
  lacksDeactivation(write: TwinEvent): boolean {
    const own = this.deactivated.get(write.task ?? -1);
    if (write.cause !== DEACTIVATE || own?.seq !== write.cause_seq) return false;
    return irteKeyOf(own) !== irteKeyOf(write);
  }

  private noteDeactivation(event: TwinEvent): void {
    const { task, kind, cause_seq } = event;
    if (task === null) return;
    if (kind === KIND.host_irq_deactivated) this.deactivating.set(task, event);
    if (kind !== KIND.irte_written) return;
    const own = this.deactivating.get(task);
    if (own?.seq !== cause_seq || irteKeyOf(own) !== irteKeyOf(event)) return;
    this.deactivated.set(task, own);
  }

  private noteActivation({ task, kind, cause, cause_seq }: TwinEvent): void {
    if (task === null) return;
    if (this.written.delete(task)) this.activated.delete(task);
    if (kind === KIND.irte_written) this.written.add(task);
    if (kind === KIND.host_affinity_set && cause === ACTIVATE && cause_seq !== null)
      this.activated.set(task, cause_seq);
  }

  /** irq_cfg is changed by the vector domain, which prints it, before the IOMMU's domain takes it up. */
  private testAffinity(event: TwinEvent): void {
    if (event.task !== null) this.affinities.set(event.task, event);
    const cfg = this.cfgOf(irteKeyOf(event));
    if (cfg !== undefined && !isOfCfg(event, cfg))
      this.at.report("C13", event, [cfg.seq], { root: event.cause_seq ?? event.seq });
  }

  /** irte_ga_prepare() is given irq_cfg, and the modes of the host's APICs, which are the same for all entries. */
  private testPrepared(event: TwinEvent): void {
    const { prepared } = this;
    this.prepared = event;
    const cfg = event.host_irq === null ? undefined : this.cfgs.get(event.host_irq);
    const isOfIrq =
      cfg === undefined ||
      (payload.vector(cfg) === IRTE.vector.read(event) &&
        payload.apicdest(cfg) === IRTE.destination.read(event));
    const isOfHost =
      prepared === null || MODES.every((mode) => mode.read(prepared) === mode.read(event));
    if (isOfIrq && isOfHost) return;
    this.at.report("C13", event, [(isOfIrq ? prepared : cfg)?.seq]);
    this.at.disbelieve(event);
  }

  private cfgOf(key: IrteKey | null): TwinEvent | undefined {
    const irq = key === null ? null : this.at.kernel.model.irte(key).host_irq;
    return irq === null ? undefined : this.cfgs.get(irq);
  }
}

/** Has a line of irte_ga_set_affinity() the vector and CPU of irq_cfg? */
function isOfCfg(line: TwinEvent, cfg: TwinEvent): boolean {
  return (
    payload.vector(cfg) === payload.vector(line) && payload.apicdest(cfg) === payload.dest(line)
  );
}
