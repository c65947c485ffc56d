// VMs whose address another VM has later, though no line shows their end: a dump of the host has shown them, or their last
// lines were lost. They were destroyed at some moment between the last line about them and the creation of the other.

import type Database from "better-sqlite3";
import { unseenVcpu, type KvmState, type VcpuState } from "../../domain/fold/state.js";
import { type Directory } from "../../timeline/read/directory.js";

/** What is known of the end of such a VM, by its row: it is over by now, or it may be. */
export type Replaced = ReadonlyMap<number, "gone" | "perhaps">;

/** The VMs of a state after event `seq` whose address another one has by then, or later. */
export function replacedIn(
  sqlite: Database.Database,
  { vms }: Directory,
  state: KvmState,
  seq: number,
): Replaced {
  const replaced = new Map<number, "gone" | "perhaps">();
  for (const { vm, destroyed } of state.vms.values()) {
    const kvm = vms.get(vm)?.kvm ?? null;
    const next = [...vms].find(([id, other]) => id > vm && other.kvm === kvm)?.[0];
    if (destroyed || kvm === null || next === undefined) continue;
    if (state.vms.has(next)) replaced.set(vm, "gone");
    else if (lastLineOf(sqlite, vm) <= seq) replaced.set(vm, "perhaps");
  }
  return replaced;
}

/** The last event that a line about the VM became; 0 = there is none. */
function lastLineOf(sqlite: Database.Database, vm: number): number {
  return (
    sqlite
      .prepare<[number], number | null>("SELECT max(seq) FROM event WHERE vm = ? AND line > 0")
      .pluck()
      .get(vm) ?? 0
  );
}

/** The state in which nothing is stated of what such a VM had. */
export function withoutReplaced(state: KvmState, replaced: Replaced): KvmState {
  if (replaced.size === 0) return state;
  const isKept = ({ vm }: { readonly vm: number }): boolean => !replaced.has(vm);
  const vms = [...state.vms].map(([id, vm]) => {
    const destroyed = replaced.get(id) === "gone";
    return [id, isKept(vm) ? vm : { ...vm, destroyed, inhibits: null }] as const;
  });
  const vcpus = [...state.vcpus].map(([id, vcpu]) => {
    return [id, isKept(vcpu) || vcpu.run_state === "freed" ? vcpu : unseen(vcpu)] as const;
  });
  return {
    ...state,
    vms: new Map(vms),
    vcpus: new Map(vcpus),
    irqfds: state.irqfds.filter(isKept),
    routes: new Map([...state.routes].filter(([, route]) => isKept(route))),
  };
}

function unseen(vcpu: VcpuState): VcpuState {
  return { ...vcpu, ...unseenVcpu(vcpu.vm, vcpu.vcpu) };
}
