// AVIC of a VM: what inhibits it, and who asks for that.

import { type TwinEvent } from "../../events/event.js";
import { IS_OF_INTERRUPT, KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type VmRow } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

const INHIBITS = new Set<number>([KIND.avic_inhibit_set, KIND.avic_inhibit_cleared]);
/** kvm_apicv_init() sets DISABLED and ABSENT of a new VM by itself. */
const FIRST_REASONS = new Set([0, 2]);
/** LOGICAL_ID_ALIASED: AVIC has each reason up to this one in all releases (AVIC_REQUIRED_APICV_INHIBITS). */
const REASON_MAX = 11;
/** IRQWIN: Linux 7.2 and newer print it with a change of any other reason. */
const COMES_WITH_OTHERS = 8;

/** Events that interrupt a function and are no part of it. */
export const ASIDES: ReadonlySet<number> = new Set<number>([
  ...IS_OF_INTERRUPT,
  KIND.host_affinity_set,
]);

/** Watches the inhibits of VMs (C9, C15). */
export class InhibitWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly inhibits = new Map<VmRow, TwinEvent>();
  /** Reasons for an inhibit that the recording has printed. */
  private readonly traced = new Set<number>();
  /** Which VM is at an address is known. */
  private readonly seesVms: boolean;
  private readonly seesNewVms: boolean;
  /** A VM was inhibited after its creation: its vCPUs take that up, which a recording may not show. */
  isInhibited = false;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesVms = at.seesAll(PROBE.vm_init, PROBE.vm_destroy, PROBE.avic_vm_init_ret);
    this.seesNewVms = at.seesAll(PROBE.vm_init, PROBE.kvm_apicv_inhibit_changed);
  }

  observe(event: TwinEvent): void {
    this.testDone(event);
    if (INHIBITS.has(event.kind)) this.testInhibit(event);
  }

  forget(): void {
    this.inhibits.clear();
  }

  /** The last change of the inhibits of a VM; undefined = none was seen. */
  of(vm: VmRow): TwinEvent | undefined {
    return this.inhibits.get(vm);
  }

  /** C9 */
  private testInhibit(event: TwinEvent): void {
    const { vm, kind } = event;
    const reason = payload.reason(event);
    const now = payload.inhibits(event);
    this.testAsked(event, reason);
    if (kind === KIND.avic_inhibit_set && !FIRST_REASONS.has(reason ?? -1)) this.isInhibited = true;
    if (!this.seesVms) return;
    // Of which VM it is, is not shown: it may be any.
    if (vm === null) this.inhibits.clear();
    if (vm === null || reason === null || now === null) return;
    const last = this.inhibits.get(vm);
    this.inhibits.set(vm, event);
    const before = last === undefined ? null : payload.inhibits(last);
    if (before === null || last === undefined) return;
    const bit = 2 ** reason;
    const had = Math.floor(before / bit) % 2 === 1;
    const isSet = kind === KIND.avic_inhibit_set;
    const expected = before + (isSet ? (had ? 0 : bit) : had ? -bit : 0);
    if (expected !== now) this.at.report("C9", event, [last.seq]);
  }

  /** C15: all but those of a new VM are asked for, and a reason that AVIC has is printed. */
  private testAsked(event: TwinEvent, reason: number | null): void {
    const { before } = this.at;
    if (reason !== null) this.traced.add(reason);
    if (before === undefined || !this.at.sees(PROBE.apicv_inhibit)) return;
    const isOfNewVm = event.kind === KIND.avic_inhibit_set && FIRST_REASONS.has(reason ?? 0);
    const isAsked =
      before.kind === KIND.avic_inhibit_requested && payload.reason(before) === reason;
    const isWithOther = INHIBITS.has(before.kind) && reason === COMES_WITH_OTHERS;
    if (!isAsked && !isOfNewVm && !isWithOther)
      this.at.report("C15", event, [before.seq], { root: null });
  }

  /** C15: the request before this event on its task was not printed. */
  private testDone(event: TwinEvent): void {
    const { before } = this.at;
    if (before === undefined || INHIBITS.has(event.kind)) return;
    if (before.kind === KIND.vm_created && this.seesNewVms)
      this.at.report("C15", event, [before.seq], { key: null, vcpu: null, root: null });
    if (before.kind !== KIND.avic_inhibit_requested) return;
    if (ASIDES.has(event.kind) || !this.isTraced(payload.reason(before))) return;
    this.at.report("C15", event, [before.seq], { key: null, vcpu: null, root: null });
  }

  /** Does a change of this reason have a line? */
  private isTraced(reason: number | null): boolean {
    if (reason === null || this.traced.has(reason)) return reason !== null;
    const isKnown = reason <= REASON_MAX && reason !== COMES_WITH_OTHERS;
    return isKnown && this.at.sees(PROBE.kvm_apicv_inhibit_changed);
  }
}
