// What of a predicted IRTE a recording's probes cannot hide: where a function that writes IRTEs has no
// probe, the bits that it writes are not known.

import { inverted, maskOfAll } from "../../values/bit-fields.js";
import { IRTE } from "../irte/irte-fields.js";
import { payload } from "../../events/payload.js";
import { KIND } from "../../events/kinds.js";
import { type TwinEvent } from "../../events/event.js";
import { type IrteBits, type Predicted, UNKNOWN_BITS, masked } from "../../values/bits.js";
import { isPosted, partialMode } from "../irte/partly-known-irte.js";
import { type Rules } from "../releases/releases.js";
import { shows } from "../probes/decidable.js";
import { type Sees } from "../../platform/platform.js";

const VALID_BIT: IrteBits = IRTE.valid.mask;
const NOT_VALID_BIT: IrteBits = inverted(VALID_BIT);
/** All but what a load, put, block or unblock changes. */
const AT_REST: IrteBits = inverted(maskOfAll([IRTE.is_run, IRTE.ga_log_intr, IRTE.destination]));

/** APICV_INHIBIT_REASON_ABSENT (arch/x86/include/asm/kvm_host.h): no interrupt controller yet. */
const ABSENT = 2;

/** What the probes of one recording show of the writes to IRTEs, and so which of the bits can be known. */
export class VisibleBits {
  /** irq_remapping_alloc(): a new life of an entry shows itself. */
  readonly seesAllocation: boolean;
  /** free_irte(): the end of a life shows itself. */
  readonly seesFree: boolean;
  /** irte_ga_set_affinity(): what the host wants shows itself. */
  readonly seesAffinity: boolean;
  /** irq_remapping_deactivate(): an entry that stops being valid shows itself. */
  readonly seesDeactivation: boolean;
  /** A refusal of amd_ir_set_vcpu_affinity() shows itself. */
  readonly seesRefusal: boolean;
  private readonly seesActivation: boolean;
  /** A posted entry does not end unseen. */
  private readonly seesEnd: boolean;
  private readonly seesRefresh: boolean;
  private readonly seesRuns: boolean;
  /** Posting to a vCPU and its end are seen; false from the first toggle of AVIC that is not. */
  private seesPosting: boolean;
  /** VMs whose creation was seen; every other VM may have been inhibited before. */
  private readonly born = new Set<number>();
  private seesEveryBirth = true;

  /** `sees`: has the recording a line of that name. */
  constructor(rules: Rules, sees: Sees) {
    this.seesAllocation = shows(sees, "allocation");
    this.seesFree = shows(sees, "free");
    this.seesAffinity = shows(sees, "host affinity");
    this.seesDeactivation = shows(sees, "deactivation");
    this.seesRefusal = shows(sees, "refusal to post");
    this.seesActivation = shows(sees, "activation");
    // Where no bug leaves an entry posted when its IRQ goes, the update before that is seen.
    const leavesPosted = !rules.updatesLostRoute || rules.skipsDeassigned;
    this.seesEnd = !leavesPosted || shows(sees, "end of an interrupt");
    this.seesRefresh = shows(sees, "AVIC refresh");
    this.seesRuns = shows(sees, "vCPU runs");
    this.seesPosting =
      shows(sees, "posting") &&
      (shows(sees, "posting requests") || !rules.unlinksFirst) &&
      shows(sees, "AVIC inhibits");
  }

  /**
   * Takes what an event says of AVIC's inhibits. True: AVIC was toggled, which no probe shows further,
   * and from now on less is known. ABSENT comes and goes before a VM has vCPUs.
   */
  observe(event: TwinEvent): boolean {
    const { kind, vm } = event;
    if (kind === KIND.vm_created && vm !== null) this.born.add(vm);
    if (vm !== null && !this.born.has(vm)) this.seesEveryBirth = false;
    if (this.seesRefresh || !this.seesPosting || payload.reason(event) === ABSENT) return false;
    const clears = kind === KIND.avic_inhibit_cleared;
    if (!clears && kind !== KIND.avic_inhibit_set) return false;
    const wasFree = vm === null ? this.seesEveryBirth : this.born.has(vm);
    if (clears && wasFree) return false;
    this.seesPosting = false;
    return true;
  }

  /** Of an entry, as the rules say it is, what is known; the other bits are unknown in the result. */
  visible(entry: Predicted): Predicted {
    // An activation that is not seen makes an entry one in use.
    if (this.seesAllocation && this.seesActivation && partialMode(entry) === "free") return entry;
    const posted = isPosted(entry);
    if (!this.seesActivation) {
      if (!this.seesPosting || !this.seesEnd || posted !== true) return UNKNOWN_BITS;
    } else if (!this.seesPosting) return masked(entry, VALID_BIT);
    const lively = this.seesRuns || posted === false ? entry : masked(entry, AT_REST);
    return this.seesActivation ? lively : masked(lively, NOT_VALID_BIT);
  }
}
