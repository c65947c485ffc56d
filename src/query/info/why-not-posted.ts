// Why a device interrupt is not posted at a moment: what KVM decided when it last set the interrupt up, and what
// has become of that. Said only as far as the events show it.
//
// Source: arch/x86/kvm/svm/avic.c, avic_pi_update_irte(), Linux 6.12 to 7.3.

import type Database from "better-sqlite3";
import { RULES, type RulesId } from "../../domain/amd/releases/releases.js";
import { type IrqfdState, type RouteState, type TwinState } from "../../domain/fold/state.js";
import { routeKey, type IrteKey } from "../../domain/values/ids.js";
import { decodeMsi, isPostableMode } from "../../domain/values/msi.js";
import { vcpuName, vmName } from "../../domain/values/names.js";
import { platformOf } from "../../platforms/registry.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { lastUpdate, type Update } from "./last-update.js";

/** What the reasons are told from. */
export interface Ground {
  /** The timeline. */
  readonly sqlite: Database.Database;
  /** The recording. */
  readonly recording: Recording;
  /** The names of its VMs and vCPUs. */
  readonly who: Directory;
  /** The folded state of the moment. */
  readonly state: TwinState;
  /** The folded state after another event. */
  readonly stateAt: (seq: number) => TwinState;
  /** The moment: the last event that counts. */
  readonly seq: number;
  /** Do the probes of the recording show who is on which list? */
  readonly showsLinks: boolean;
}

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_MSI, and the names of the others. */
const ROUTING_MSI = 2;
const ROUTES: Readonly<Record<number, string>> = { 0: "none", 1: "irqchip" };

/** Why an entry that an irqfd is connected to is not posted; null = the events do not show it. */
export function whyNotPosted(ground: Ground, key: IrteKey, irqfd: IrqfdState): string | null {
  const { state, showsLinks } = ground;
  const route = state.kvm.routes.get(routeKey(irqfd.vm, irqfd.gsi));
  const unpostable = route === undefined ? null : whyUnpostable(route);
  if (unpostable !== null) return unpostable;
  if (route?.type !== ROUTING_MSI || !showsLinks) return null;
  const holder = [...state.kvm.vcpus.values()].find(({ ir_list }) => ir_list?.includes(key));
  if (holder !== undefined)
    return holder.avic_active === false ? inhibitedNow(ground, holder.vm, holder.vcpu) : null;
  const areListsKnown = vcpusOf(state, irqfd.vm).every(({ ir_list }) => ir_list !== null);
  if (!areListsKnown || vcpusOf(state, irqfd.vm).length === 0) return null;
  const update = lastUpdate(ground, irqfd);
  return update === null ? null : whyUnlinked(ground, irqfd.vm, route, update);
}

/**
 * KVM posts fixed and lowest priority interrupts. Of those `postable` says that an update had no vCPU to post to, which
 * an update that ends posting has not either.
 */
function whyUnpostable({ gsi, type, postable, delivery_mode }: RouteState): string | null {
  if (type !== null && type !== ROUTING_MSI)
    return `the route of gsi ${gsi} is ${ROUTES[type] ?? "no MSI"}`;
  if (postable !== false || (delivery_mode !== null && isPostableMode(delivery_mode))) return null;
  return `the route of gsi ${gsi} cannot be posted`;
}

/** It is on the list of a vCPU, so it is posted as soon as that takes up that AVIC is active. */
function inhibitedNow({ state, who, recording }: Ground, vm: number, vcpu: number): string | null {
  const row = who.vcpu(vcpu);
  const vm_id = who.vm(vm)?.vm_id;
  if (row === null || vm_id == null) return null;
  const mask = state.kvm.vms.get(vm)?.inhibits ?? 0;
  const names = platformOf(recording).inhibitNames(mask);
  const reasons = names.length === 0 ? "" : `: ${names.join(", ")}`;
  return `AVIC is inhibited on ${vcpuName(vm_id, row.vcpu_id)}${reasons}`;
}

/** It is on no list: the last update had no vCPU to post to, or before the series AVIC was inhibited then. */
function whyUnlinked(ground: Ground, vm: number, route: RouteState, update: Update): string | null {
  if (isSinceSeries(ground.recording)) return noSingleVcpu(route);
  if (update.is_guest_mode !== 0) return null;
  const then = vcpusOf(ground.stateAt(update.seq), vm);
  if (then.length === 0) return null;
  if (then.every(({ avic_active }) => avic_active === true)) return noSingleVcpu(route);
  const vm_id = ground.who.vm(vm)?.vm_id;
  const wasInhibited = then.every(({ avic_active }) => avic_active === false);
  return wasInhibited && vm_id != null
    ? `AVIC was inhibited on ${vmName(vm_id)} when @${update.seq} set it up`
    : null;
}

/** KVM posts to one vCPU. `dest` is an APIC ID, or a set of vCPUs where it is logical. */
function noSingleVcpu({ dest, address, data }: RouteState): string {
  const mode = address === null ? null : decodeMsi(address, data ?? 0).dest_mode;
  const to = [
    ...(dest === null ? [] : [`dest 0x${dest.toString(16)}`]),
    ...(mode === null ? [] : [mode ? "logical" : "physical"]),
  ];
  return `KVM found no single vCPU for its MSI${to.length === 0 ? "" : ` (${to.join(", ")})`}`;
}

function vcpusOf({ kvm }: TwinState, vm: number) {
  return [...kvm.vcpus.values()].filter((each) => each.vm === vm && each.run_state !== "freed");
}

/** Since the series an interrupt is on its vCPU's list while AVIC is inhibited; before it only while it is posted. */
function isSinceSeries({ rulesAllowed }: Recording): boolean {
  return rulesAllowed.length > 0 && rulesAllowed.every((id) => RULES[id as RulesId].linksInhibited);
}
