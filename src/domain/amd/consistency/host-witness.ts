// The host's vector and CPU of an interrupt: who chooses them, and who takes them up.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type IrteBits } from "../../values/bits.js";
import { type IrteKey } from "../../values/ids.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
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
  /** The last line of irte_ga_prepare(), and the last for each entry. */
  private prepared: TwinEvent | null = null;
  private readonly preparedOf = new Map<IrteKey, TwinEvent>();

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    this.noteActivation(event);
    this.noteDeactivation(event);
    if (event.kind === KIND.host_affinity_set) this.testAffinity(event);
    if (event.kind === KIND.irte_prepared) this.testPrepared(event);
    if (event.kind === KIND.host_vector_assigned && event.host_irq !== null)
      this.cfgs.set(event.host_irq, event);
  }

  forget(): void {
    this.cfgs.clear();
    this.affinities.clear();
    this.preparedOf.clear();
  }

  /**
   * The first write of an entry has other modes than the line of irte_ga_prepare() says that the driver's copy has: no
   * function changes them in between, so that the line is wrong.
   */
  isPreparedOtherwise(write: TwinEvent, seen: IrteBits): boolean {
    const key = irteKeyOf(write);
    const line = key === null ? undefined : this.preparedOf.get(key);
    if (key === null || line === undefined || isGuestMode(seen)) return false;
    if ((this.at.kernel.model.irte(key).lastWrite ?? 0) > line.seq) return false;
    if (MODES.every((mode) => mode.read(line) === mode.read(seen))) return false;
    this.at.report("C13", write, [line.seq]);
    return true;
  }

  /**
   * A write of another entry than the line of irte_ga_set_affinity() in its call names: does it follow that line, and its
   * exchange is seen, or has its host IRQ the vector and CPU of the line, and that of the entry in the line has not?
   */
  isMisnamed(write: TwinEvent): boolean {
    const line = this.affinities.get(write.task ?? -1);
    const key = irteKeyOf(write);
    if (line === undefined || key === null || irteKeyOf(line) === key) return false;
    const root = line.cause_seq ?? line.seq;
    if (root !== write.cause_seq) return false;
    const cfg = this.cfgOf(key);
    const isNext = this.at.before?.seq === line.seq && this.at.sees(PROBE.irte_cmpxchg);
    if (!isNext && !this.isOfOther(line, cfg)) return false;
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
    if (cfg === undefined || isOfCfg(event, cfg)) return;
    const other = this.cfgOfOther(event, cfg);
    this.at.report("C13", event, [cfg.seq, other?.seq], { root: event.cause_seq ?? event.seq });
    // Its line may name the wrong host IRQ: which vector that one has is not known.
    if (other?.host_irq != null) this.at.kernel.model.forgetCfg(other.host_irq);
  }

  /** The line by which another host IRQ got this vector and CPU, on the same task since. */
  private cfgOfOther(event: TwinEvent, cfg: TwinEvent): TwinEvent | undefined {
    return [...this.cfgs.values()]
      .filter(({ seq, task }) => seq > cfg.seq && task === event.task)
      .findLast((other) => other !== cfg && isOfCfg(event, other));
  }

  /** irte_ga_prepare() is given irq_cfg, and the modes of the host's APICs, which are the same for all entries. */
  private testPrepared(event: TwinEvent): void {
    const { prepared } = this;
    const key = irteKeyOf(event);
    this.prepared = event;
    if (key !== null) this.preparedOf.set(key, event);
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
