// A folded state as text and back. JSON keeps checkpoints readable with any client; what they cost
// stands in ARCHITECTURE.md.

import {
  irteKey,
  routeKey,
  type IrqfdState,
  type IrteState,
  type RouteState,
  type TwinState,
  type VcpuState,
  type VmState,
} from "../domain/state.js";
import { isRulesId } from "../domain/rules.js";

interface Stored {
  readonly rules: string | null;
  readonly seesEveryLoad: boolean;
  readonly irtes: readonly IrteState[];
  readonly vms: readonly VmState[];
  readonly vcpus: readonly VcpuState[];
  readonly irqfds: readonly IrqfdState[];
  readonly routes: readonly RouteState[];
}

export function encodeState({ iommu, kvm }: TwinState): string {
  const stored: Stored = {
    rules: kvm.rules,
    seesEveryLoad: kvm.seesEveryLoad,
    irtes: [...iommu.irtes.values()],
    vms: [...kvm.vms.values()],
    vcpus: [...kvm.vcpus.values()],
    irqfds: kvm.irqfds,
    routes: [...kvm.routes.values()],
  };
  return JSON.stringify(stored);
}

/** The inverse of `encodeState`. */
export function decodeState(text: string): TwinState {
  const stored = JSON.parse(text) as Stored;
  const { rules, seesEveryLoad, irtes, vms, vcpus, irqfds, routes } = stored;
  return {
    iommu: {
      irtes: new Map(irtes.map((irte) => [irteKey(irte.segment, irte.devid, irte.index), irte])),
    },
    kvm: {
      rules: rules !== null && isRulesId(rules) ? rules : null,
      seesEveryLoad,
      vms: new Map(vms.map((vm) => [vm.vm, vm])),
      vcpus: new Map(vcpus.map((vcpu) => [vcpu.vcpu, vcpu])),
      irqfds,
      routes: new Map(routes.map((route) => [routeKey(route.vm, route.gsi), route])),
    },
  };
}

/** How many entities a checkpoint holds. */
export function entityCount({ iommu, kvm }: TwinState): number {
  return iommu.irtes.size + kvm.vms.size + kvm.vcpus.size + kvm.irqfds.length + kvm.routes.size;
}
