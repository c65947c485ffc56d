// The operations of the IOMMU driver as the rules apply them to an entry of the model.

import { isGuestMode } from "./irte.js";
import {
  activateGuestMode,
  deactivateGuestMode,
  setAffinity,
  setValid,
  updateGa,
  type Destination,
} from "./iommu-driver.js";
import { type Rules } from "./releases.js";
import { type Op } from "../model/calls.js";
import { type Model } from "../model/model.js";

export class Operations {
  private readonly rules: Rules;
  private readonly model: Model;

  constructor(rules: Rules, model: Model) {
    this.rules = rules;
    this.model = model;
  }

  /** T4, T7: the vCPU runs on the CPU with this APIC ID. T5, T6: -1. */
  update(cpu: Destination, log: boolean | null): Op {
    return (_irte, shadow) => {
      if (shadow === null) return "unknown";
      return isGuestMode(shadow) ? updateGa(this.rules, shadow, cpu, log) : null;
    };
  }

  activate(cpu: Destination, log: boolean | null): Op {
    return (irte, shadow) => activateGuestMode(this.rules, shadow, irte, cpu, log);
  }

  deactivate(): Op {
    return (irte, shadow) => {
      if (shadow === null) return "unknown";
      return isGuestMode(shadow) ? deactivateGuestMode(shadow, this.model.host(irte)) : null;
    };
  }

  valid(valid: boolean): Op {
    return (_irte, shadow) => (shadow === null ? "unknown" : setValid(shadow, valid));
  }

  /** The first write of an entry whose irq_remapping_prepare_irte() was not observed: irq_cfg, valid. */
  prepared(): Op {
    return (irte, shadow) => {
      if (shadow === null) return "unknown";
      return deactivateGuestMode({ ...shadow, loL: 1 }, this.model.host(irte));
    };
  }

  affinity(vector: number | null, dest: number | null): Op {
    return (_irte, shadow) => {
      if (shadow === null) return "unknown";
      return isGuestMode(shadow) ? null : setAffinity(shadow, vector, dest);
    };
  }
}
