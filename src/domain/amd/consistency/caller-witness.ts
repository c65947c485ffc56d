// The callers of avic_pi_update_irte(). Before the series each of them calls it, whatever the route is; since then a
// route without a target is not handed on.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { type Call } from "../../model/calls.js";
import { IS_OF_INTERRUPT, KIND } from "../../events/kinds.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

const CALLERS = new Set<number>([KIND.producer_added, KIND.producer_removed, KIND.irqfd_routed]);

/** Events that interrupt a function and are no part of it. */
const ASIDES = new Set<number>([KIND.irqfd_msi, ...IS_OF_INTERRUPT]);

/** Watches the callers of updates (C12). */
export class CallerWitness implements Witness {
  private readonly at: WitnessContext;
  /** The caller that waits for its update, by task. */
  private readonly callers = new Map<number, TwinEvent>();
  private readonly callsAlways: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.callsAlways = !at.kernel.rules.unlinksFirst && at.sees(PROBE.avic_pi_update);
  }

  observe(event: TwinEvent): void {
    const { task, kind } = event;
    if (task === null || !this.callsAlways || ASIDES.has(kind)) return;
    const caller = this.callers.get(task);
    this.callers.delete(task);
    if (CALLERS.has(kind)) this.callers.set(task, event);
    if (caller === undefined || kind === KIND.pi_update_requested) return;
    const root = caller.cause_seq ?? caller.seq;
    reportUpdate(this.at, "C12", event, [caller.seq], { key: irteKeyOf(caller), vcpu: null, root });
  }

  /** The function has run to its end: did a caller in it call no update? */
  lacksUpdate({ root, task, last }: Call): boolean {
    const caller = task === null ? undefined : this.callers.get(task);
    if (caller === undefined || (caller.cause_seq ?? caller.seq) !== root) return false;
    this.callers.delete(task ?? -1);
    reportUpdate(this.at, "C12", caller, [last], { vcpu: null, root });
    return true;
  }

  forget(): void {
    this.callers.clear();
  }
}
