// A state without what functions that the recording does not follow may have changed.

import { exactly } from "../../domain/values/bits.js";
import { NONE, type IrteState, type TwinState, type VcpuState } from "../../domain/fold/state.js";
import { unseenRoute } from "../../domain/fold/kvm-draft.js";
import { causeName, type Cause } from "../../domain/events/causes.js";
import { type Platform } from "../../domain/platform/platform.js";
import { STATE_VALUES, type StateValue } from "../../domain/platform/state-values.js";

/** Would each function that changes the value have printed a line? */
export type IsFollowed = (value: StateValue) => boolean;

/** What a cause that is stated rests on. One that is not here rests on its own line alone. */
const CAUSE_VALUES: Readonly<Partial<Record<Cause, StateValue>>> = {
  "vcpu load": "cause of a vCPU",
  "vcpu put": "cause of a vCPU",
  "vcpu block": "cause of a vCPU",
  "vcpu unblock": "cause of a vCPU",
  "AVIC inhibit": "cause of a vCPU",
  "AVIC un-inhibit": "cause of a vCPU",
  "routing change": "cause of a route",
  "producer added": "cause of a route",
  "producer removed": "cause of a route",
  "host affinity": "cause of the host",
  activate: "cause of the host",
  deactivate: "cause of the host",
};

const VALUES = Object.keys(STATE_VALUES) as readonly StateValue[];

/** Is the cause of that code known to be the cause? */
export function isCauseFollowed(code: number | null, isFollowed: IsFollowed): boolean {
  const cause = causeName(code);
  const value = cause === null ? undefined : CAUSE_VALUES[cause];
  return value === undefined || isFollowed(value);
}

/** The state, less every value that is not followed. */
export function withoutUnfollowed(
  state: TwinState,
  platform: Platform,
  isFollowed: IsFollowed,
): TwinState {
  if (VALUES.every(isFollowed)) return state;
  const { iommu, kvm } = state;
  const { irtes } = iommu;
  const { vcpus, vms, irqfds, routes } = kvm;
  return {
    iommu: { ...iommu, irtes: mapped(irtes, (irte) => knownIrte(irte, platform, isFollowed)) },
    kvm: {
      ...kvm,
      vcpus: mapped(vcpus, (vcpu) => knownVcpu(vcpu, isFollowed)),
      vms: isFollowed("inhibits") ? vms : mapped(vms, (vm) => ({ ...vm, inhibits: null })),
      irqfds: irqfds.map((irqfd) => ({
        ...irqfd,
        state: isFollowed("irqfds") ? irqfd.state : null,
        host_irq: isFollowed("connections") ? irqfd.host_irq : null,
      })),
      routes: isFollowed("routes")
        ? routes
        : mapped(routes, ({ vm, gsi, since }) => ({ ...unseenRoute(vm, gsi), since })),
    },
  };
}

function mapped<Key, Value>(
  all: ReadonlyMap<Key, Value>,
  change: (value: Value) => Value,
): ReadonlyMap<Key, Value> {
  return new Map([...all].map(([key, value]) => [key, change(value)]));
}

/** A valid entry cannot end before a write makes it one that is not. */
function knownIrte(irte: IrteState, platform: Platform, isFollowed: IsFollowed): IrteState {
  const { bits } = irte;
  const isValid = bits !== null && platform.describe(exactly(bits)).valid === true;
  const isOfThisLife = isValid || isFollowed("life of an entry");
  const isKnown = isFollowed("entry") && isOfThisLife;
  return {
    ...irte,
    bits: isKnown ? bits : null,
    shadow: isKnown ? irte.shadow : null,
    host_irq: isOfThisLife ? irte.host_irq : null,
    cause: isKnown && isCauseFollowed(irte.cause, isFollowed) ? irte.cause : null,
  };
}

/** Once freed, a vCPU stays so. */
function knownVcpu(vcpu: VcpuState, isFollowed: IsFollowed): VcpuState {
  if (vcpu.run_state === "freed") return vcpu;
  const isPlaced = isFollowed("run state");
  const isAlive = vcpu.run_state !== "out" || isFollowed("life of a vCPU");
  const hasBits = isFollowed("running bits");
  const endsKnown = vcpu.avic_active !== true || isFollowed("life of a vCPU");
  return {
    ...vcpu,
    run_state: isPlaced && isAlive ? vcpu.run_state : null,
    pcpu: isPlaced && (isAlive || vcpu.pcpu !== NONE) ? vcpu.pcpu : null,
    avic_active: isFollowed("AVIC state") && endsKnown ? vcpu.avic_active : null,
    is_running: hasBits ? vcpu.is_running : null,
    ga_log_intr: hasBits ? vcpu.ga_log_intr : null,
    ir_list: isFollowed("links") ? vcpu.ir_list : null,
  };
}
