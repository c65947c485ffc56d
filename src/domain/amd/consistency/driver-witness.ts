// amd_ir_set_vcpu_affinity(): its line says what the driver is told, and the entry that is written says it again. A line
// that differs from the entry is wrong if the entry is right by all else: its tag and its page are those of one vCPU.

import { bitsOf, irteKeyOf, type TwinEvent } from "../../events/event.js";
import { IS_OF_INTERRUPT, KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Call } from "../../model/calls.js";
import { type VcpuModel } from "../../model/model.js";
import { type IrteBits } from "../../values/bits.js";
import { type VcpuRow } from "../../values/ids.js";
import { encodeGaTag } from "../irte/ga-tag.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
import { decodePhysicalId } from "../irte/physical-id.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** What the driver was told last on a task. */
interface Told {
  readonly event: TwinEvent;
  /** The update that it was told in. */
  readonly requested: TwinEvent | null;
  /** The exchange that it made since. */
  exchanged: TwinEvent | null;
  /** The update was announced since. */
  isAnnounced: boolean;
  /** The entry was posted to a vCPU though the driver was not told to. */
  isPosted: boolean;
  /** It returned an error. */
  failed: TwinEvent | null;
}

/** Events of an update after the driver was called, and those that interrupt it. */
const IN_UPDATE = new Set<number>([
  ...[KIND.irte_written, KIND.irte_exchanged, KIND.pi_update_decided, KIND.call_failed],
  ...IS_OF_INTERRUPT,
]);

/** Watches what the driver is told (C17). */
export class DriverWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly requests = new Map<number, TwinEvent>();
  private readonly decisions = new Map<number, TwinEvent>();
  private readonly tolds = new Map<number, Told>();
  /** The pages that loads showed of vCPUs whose creation does not: 6.1 does not print it. */
  private readonly pages = new Map<VcpuRow, number>();

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    const { task, kind } = event;
    if (kind === KIND.avic_vcpu_loaded) this.notePage(event);
    if (task === null) return;
    if (kind === KIND.call_failed) this.testFailure(event, task);
    this.testDecided(event, task);
    if (kind === KIND.pi_update_requested) {
      this.requests.set(task, event);
      this.decisions.delete(task);
    } else if (kind === KIND.pi_update_decided) this.decide(event, task);
    else if (kind === KIND.vcpu_affinity_set) this.tell(event, task);
    else if (kind === KIND.irte_exchanged) this.noteExchange(event, task);
    else if (kind === KIND.irte_written) this.notePosted(event, task);
  }

  forget(): void {
    this.requests.clear();
    this.decisions.clear();
    this.tolds.clear();
  }

  private notePage({ vcpu, words, loH, loL }: TwinEvent): void {
    if (vcpu === null || words === 0 || this.at.kernel.model.vcpu(vcpu).page !== null) return;
    this.pages.set(vcpu, decodePhysicalId(loH, loL).backing_page);
  }

  private pageOf({ vcpu, page }: VcpuModel): number | null {
    return page ?? this.pages.get(vcpu) ?? null;
  }

  private decide(event: TwinEvent, task: number): void {
    this.decisions.set(task, event);
    const told = this.tolds.get(task);
    if (told === undefined) return;
    told.isAnnounced = true;
    // Before the series only this line says that a posting was asked for.
    const isEnabled = payload.enabled(event) === 1;
    // An update is announced as enabled where the driver did as it was told.
    if (isEnabled && told.failed !== null) this.report(event, { ...told, requested: told.failed });
    else if (told.isPosted && isEnabled) this.report(event, told);
  }

  /** A write that what the driver was told does not explain: is it right by all else? */
  explains(write: TwinEvent, seen: IrteBits): boolean {
    const told = this.tolds.get(write.task ?? -1);
    if (told?.event.cause_seq !== write.cause_seq) return this.isOfOther(write, seen);
    if (irteKeyOf(told.event) !== irteKeyOf(write)) return false;
    const isWrong = isGuestMode(seen) ? this.isOther(told, seen) : this.isUnasked(told);
    if (isWrong) this.report(write, told);
    return isWrong;
  }

  /** A posting that was not made: is AVIC inhibited on the vCPU, so that the driver was told to remap? */
  isInhibited({ root, task }: Call): boolean {
    const told = this.tolds.get(task ?? -1);
    if (told?.event.cause_seq !== root || told.exchanged !== null) return false;
    const { event, requested } = told;
    const vcpu = event.vcpu ?? requested?.vcpu ?? null;
    if (vcpu === null || payload.is_guest_mode(event) !== 1) return false;
    const { model } = this.at.kernel;
    if (model.vcpu(vcpu).active !== false) return false;
    const others = [model.inhibited.get(vcpu)?.seq ?? null, requested?.seq ?? null];
    reportUpdate(this.at, "C17", event, others, { root, key: irteKeyOf(event) });
    return true;
  }

  private report(event: TwinEvent, { event: told, requested }: Told): void {
    const doubt = { root: told.cause_seq ?? told.seq, key: irteKeyOf(told) };
    const { root } = doubt;
    reportUpdate(this.at, "C17", event, [requested?.seq ?? null, told.seq], doubt);
    // What is told wrongly is not to be remembered at the end either.
    const call = this.at.kernel.calls.get(told.task ?? -1);
    if (call?.root === root) call.atEnd.length = 0;
  }

  /** What the driver was told before the VM's AVIC was active: one half of it is the entry's, the other is not. */
  private isOfOther(write: TwinEvent, seen: IrteBits): boolean {
    const key = irteKeyOf(write);
    if (key === null || !isGuestMode(seen)) return false;
    const { ga_tag, ga_root_ptr, linkedBy } = this.at.kernel.model.irte(key);
    const tag = IRTE.ga_tag.read(seen);
    const vcpu = this.vcpuOf(tag, IRTE.ga_root_ptr.read(seen));
    if (vcpu === null || ga_tag === null || ga_root_ptr === null) return false;
    if ((ga_tag === tag) === (ga_root_ptr === this.pageOf(vcpu))) return false;
    reportUpdate(this.at, "C17", write, [linkedBy, write.cause_seq]);
    return true;
  }

  private tell(event: TwinEvent, task: number): void {
    const request = this.requests.get(task);
    const requested = request?.host_irq === event.host_irq ? request : null;
    const told = {
      event,
      requested,
      exchanged: null,
      isAnnounced: false,
      isPosted: false,
      failed: null,
    };
    this.tolds.set(task, told);
    // Before the series what is said of an update without a target is said before the driver is called.
    const decided = this.decisions.get(task);
    const isDisabled = decided?.cause_seq === event.cause_seq && payload.enabled(decided) === 0;
    if (isDisabled && payload.is_guest_mode(event) === 1) this.report(event, told);
  }

  /** kvm_pi_irte_update announces each update for which the driver was called; before the series each with a target. */
  private testDecided(event: TwinEvent, task: number): void {
    const told = this.tolds.get(task);
    if (told === undefined || IN_UPDATE.has(event.kind)) return;
    this.tolds.delete(task);
    if (told.isAnnounced || told.failed !== null || told.requested === null) return;
    const isDue = this.at.kernel.rules.unlinksFirst || payload.is_guest_mode(told.event) === 1;
    if (!isDue || !this.at.sees(PROBE.kvm_pi_irte_update)) return;
    this.report(event, told);
  }

  private noteExchange(event: TwinEvent, task: number): void {
    const told = this.tolds.get(task);
    if (told?.event.cause_seq === event.cause_seq) told.exchanged = event;
  }

  /** The driver posts an entry only if it is told to, and is told whatever else is said of the update. */
  private notePosted(event: TwinEvent, task: number): void {
    const told = this.tolds.get(task);
    if (told?.event.cause_seq !== event.cause_seq || irteKeyOf(told.event) !== irteKeyOf(event))
      return;
    if (isGuestMode(bitsOf(event)) && payload.is_guest_mode(told.event) !== 1) told.isPosted = true;
  }

  /** A function that fails has exchanged no entry. */
  private testFailure(event: TwinEvent, task: number): void {
    const told = this.tolds.get(task);
    if (told?.event.cause_seq !== event.cause_seq) return;
    told.failed = event;
    if (payload.of_kind(event) !== KIND.vcpu_affinity_set || told.exchanged === null) return;
    this.report(event, { ...told, requested: told.exchanged });
    this.at.disbelieve(event);
  }

  /** The entry is posted to a vCPU: was the driver told something else, and this one was asked for? */
  private isOther(told: Told, seen: IrteBits): boolean {
    const { event, requested } = told;
    const vcpu = this.vcpuOf(IRTE.ga_tag.read(seen), IRTE.ga_root_ptr.read(seen));
    if (vcpu === null) return false;
    const tag = payload.ga_tag(event);
    const page = event.words === 0 ? null : event.loH * 0x10_0000 + (event.loL >>> 12);
    const isSame =
      payload.is_guest_mode(event) === 1 &&
      tag === IRTE.ga_tag.read(seen) &&
      page === this.pageOf(vcpu);
    if (isSame) return isElsewhere(event, vcpu, seen);
    const isOfOne = tag !== null && page !== null && this.vcpuOf(tag, page) !== null;
    const isAsked = requested?.vcpu === vcpu.vcpu;
    if (payload.is_guest_mode(event) === 1) return !isOfOne || isAsked;
    told.isPosted = vcpu.active !== false;
    return told.isPosted && isAsked;
  }

  /** The entry is remapped, and nothing asked for a posting. */
  private isUnasked({ event, requested }: Told): boolean {
    if (payload.is_guest_mode(event) !== 1 || requested === null) return false;
    if (this.at.kernel.rules.unlinksFirst && requested.vcpu === null) return true;
    const vcpu = event.vcpu ?? requested.vcpu;
    return vcpu !== null && this.at.kernel.model.vcpu(vcpu).active === false;
  }

  /** The vCPU with this tag and this page; null = there is none. */
  private vcpuOf(tag: number, page: number): VcpuModel | null {
    const { model, rules } = this.at.kernel;
    for (const vcpu of model.vcpus.values()) {
      const own = this.pageOf(vcpu) === page ? this.at.kernel.tagOf(vcpu.vcpu) : null;
      if (own !== null && encodeGaTag(own, rules) === tag) return vcpu;
    }
    return null;
  }
}

/** Was the driver told another CPU, or another GALogIntr, than the vCPU and the entry have? */
function isElsewhere(told: TwinEvent, vcpu: VcpuModel, seen: IrteBits): boolean {
  const cpu = payload.cpu(told);
  const log = payload.ga_log_intr(told);
  const { running, apic, ga_log_intr } = vcpu;
  const isRun = IRTE.is_run.isSet(seen);
  const isThere = !isRun || apic === null || apic === IRTE.destination.read(seen);
  const isOtherCpu = cpu !== null && (cpu !== -1) !== isRun;
  const isOtherPlace = cpu !== null && isRun && cpu !== IRTE.destination.read(seen);
  if ((isOtherCpu || isOtherPlace) && running === isRun && isThere) return true;
  const isLogged = IRTE.ga_log_intr.isSet(seen);
  return log !== null && (log !== 0) !== isLogged && ga_log_intr === isLogged;
}
