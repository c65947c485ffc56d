// The functions of the IOMMU driver as operations on an entry of the model.

import { type IrteBits, type Predicted } from "../../values/bits.js";
import { type Op } from "../../model/calls.js";
import { type AmdIrte, type AmdModel } from "./amd-model.js";
import {
  activateGuestMode,
  deactivateGuestMode,
  setAffinity,
  setValid,
  updateGa,
  type Destination,
} from "./iommu-driver.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
import { type Rules } from "../releases/releases.js";

/** An operation that needs the driver's copy: without it, what it writes is unknown. */
function onShadow(change: (shadow: IrteBits, irte: AmdIrte) => Predicted | null): Op {
  return (irte, shadow) => (shadow === null ? "unknown" : change(shadow, irte as AmdIrte));
}

/** What each function of the driver writes, by the rules of one release. */
export class Operations {
  private readonly rules: Rules;
  private readonly model: AmdModel;

  /** Writes by `rules` into the entries of `model`. */
  constructor(rules: Rules, model: AmdModel) {
    this.rules = rules;
    this.model = model;
  }

  /** amd_iommu_update_ga(). T4, T7: the vCPU runs on the CPU with this APIC ID. T5, T6: -1. */
  update(cpu: Destination, log: boolean | null): Op {
    return onShadow((shadow) =>
      isGuestMode(shadow) ? updateGa(this.rules, shadow, cpu, log) : null,
    );
  }

  /** amd_iommu_activate_guest_mode(): posts to what the driver was told. */
  activate(cpu: Destination, log: boolean | null): Op {
    return (irte, shadow) => activateGuestMode(this.rules, shadow, irte as AmdIrte, cpu, log);
  }

  /** amd_iommu_deactivate_guest_mode(): nothing for an entry that is not posted. */
  deactivate(): Op {
    return onShadow((shadow, irte) =>
      isGuestMode(shadow) ? deactivateGuestMode(shadow, this.model.hostTarget(irte)) : null,
    );
  }

  /** irte_ga_activate() and irte_ga_deactivate(). */
  valid(valid: boolean): Op {
    return onShadow((shadow) => setValid(this.rules, shadow, valid));
  }

  /** The first write of an entry whose irq_remapping_prepare_irte() was not observed: irq_cfg, valid. */
  prepared(): Op {
    return onShadow((shadow, irte) => {
      const low = { ...shadow, loL: IRTE.valid.mask.loL };
      return deactivateGuestMode(low, this.model.hostTarget(irte));
    });
  }

  /** irte_ga_set_affinity(): nothing for a posted entry. */
  affinity(vector: number | null, dest: number | null): Op {
    return onShadow((shadow) => (isGuestMode(shadow) ? null : setAffinity(shadow, vector, dest)));
  }
}
