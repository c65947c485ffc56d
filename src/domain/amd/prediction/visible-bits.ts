// What of a predicted IRTE a recording's probes cannot hide: where a function that writes IRTEs has no
// probe, the bits that it writes are not known.

import { payload } from "../../events/payload.js";
import { KIND } from "../../events/kinds.js";
import { type TwinEvent } from "../../events/event.js";
import { type IrteBits, type Predicted, UNKNOWN_BITS, masked } from "../../values/bits.js";
import { isPosted, partialMode } from "../partly-known-irte.js";
import { type Rules } from "../releases.js";

const NOT_VALID_BIT: IrteBits = { loH: -1, loL: ~1, hiH: -1, hiL: -1 };
const VALID_BIT: IrteBits = { loH: 0, loL: 1, hiH: 0, hiL: 0 };
/** All but IsRun, GALogIntr and the destination. */
const AT_REST: IrteBits = { loH: -1, loL: 0xbb, hiH: 0x00ff_ffff, hiL: -1 };

/** APICV_INHIBIT_REASON_ABSENT (arch/x86/include/asm/kvm_host.h): no interrupt controller yet. */
const ABSENT = 2;

export class Sight {
  /** irq_remapping_alloc(), free_irte(): a new life of an entry shows itself. */
  readonly seesAllocation: boolean;
  readonly seesFree: boolean;
  /** irte_ga_set_affinity(). */
  readonly seesAffinity: boolean;
  /** irq_remapping_deactivate(). */
  readonly seesDeactivation: boolean;
  /** A refusal of amd_ir_set_vcpu_affinity(). */
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
  constructor(rules: Rules, sees: (name: string) => boolean) {
    this.seesAllocation = sees("irte_alloc") && sees("irte_alloc_ret");
    this.seesFree = sees("irte_free");
    this.seesAffinity = sees("irte_set_affinity");
    this.seesDeactivation = sees("ir_deactivate");
    this.seesRefusal = sees("ir_set_vcpu_affinity_ret");
    this.seesActivation = sees("ir_activate") && sees("ir_deactivate");
    // Where no bug leaves an entry posted when its IRQ goes, the update before that is seen.
    const leavesPosted = !rules.updatesLostRoute || rules.skipsDeassigned;
    this.seesEnd = !leavesPosted || this.seesDeactivation || this.seesFree || sees("vector_config");
    this.seesRefresh = sees("avic_refresh");
    this.seesRuns = ["avic_vcpu_load", "avic_vcpu_put", "avic_blocking", "avic_unblocking"].every(
      sees,
    );
    this.seesPosting =
      sees("ir_set_vcpu_affinity") &&
      (sees("avic_pi_update") || !rules.unlinksFirst) &&
      (sees("avic_refresh") || sees("kvm_apicv_inhibit_changed"));
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

  /** What of the table's entry is known. */
  visible(entry: Predicted): Predicted {
    if (this.seesAllocation && partialMode(entry) === "free") return entry;
    const posted = isPosted(entry);
    if (!this.seesActivation) {
      if (!this.seesPosting || !this.seesEnd || posted !== true) return UNKNOWN_BITS;
    } else if (!this.seesPosting) return masked(entry, VALID_BIT);
    const lively = this.seesRuns || posted === false ? entry : masked(entry, AT_REST);
    return this.seesActivation ? lively : masked(lively, NOT_VALID_BIT);
  }
}
