// VMs whose address another VM has later, though no line shows their end: a dump of the host has shown them, or their last
// lines were lost. They were destroyed at some moment between the last line about them and the creation of the other.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { unseenVcpu, type KvmState, type VcpuState } from "../../domain/fold/state.js";
import { type Directory } from "../../timeline/read/directory.js";

/**
 * What is known of the end of such a VM, by its row: it is over by now, or it may be; or the other one has turned out to be
 * the same VM, behind a loss.
 */
export type Replaced = ReadonlyMap<number, End>;

type End = "gone" | "perhaps" | "same";

/** The VMs of a state after event `seq` whose address another one has by then, or later. */
export function replacedIn(
  sqlite: Database.Database,
  { vms }: Directory,
  state: KvmState,
  seq: number,
): Replaced {
  const replaced = new Map<number, End>();
  for (const { vm, destroyed } of state.vms.values()) {
    const end = destroyed ? null : endOf(sqlite, { vms, state, seq }, vm);
    if (end !== null) replaced.set(vm, end);
  }
  return replaced;
}

interface AtMoment {
  readonly vms: Directory["vms"];
  readonly state: KvmState;
  readonly seq: number;
}

/** null = no other VM has its address by then, or may have. */
function endOf(sqlite: Database.Database, { vms, state, seq }: AtMoment, vm: number): End | null {
  const { kvm = null, vm_id = null } = vms.get(vm) ?? {};
  const next = [...vms].find(([id, other]) => id > vm && other.kvm === kvm);
  if (kvm === null || next === undefined) return null;
  const [id, { vm_id: other }] = next;
  const isNamed = vm_id !== null && other !== null;
  if (isNamed && vm_id === other) return state.vms.has(id) ? "same" : null;
  if (state.vms.has(id)) return isNamed || isCreated(sqlite, id, seq) ? "gone" : "perhaps";
  return lastLineOf(sqlite, vm) <= seq ? "perhaps" : null;
}

/** Does a line show, up to event `seq`, that the VM was made? Else it may be the one that had the address before. */
function isCreated(sqlite: Database.Database, vm: number, seq: number): boolean {
  const sql = "SELECT 1 FROM event WHERE vm = ? AND seq <= ? AND kind = ? LIMIT 1";
  return sqlite.prepare<[number, number, number]>(sql).get(vm, seq, KIND.vm_created) !== undefined;
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
  const isOther = ([, { vm }]: readonly [number, { readonly vm: number }]): boolean =>
    replaced.get(vm) !== "same";
  const vms = [...state.vms].filter(isOther).map(([id, vm]) => {
    const destroyed = replaced.get(id) === "gone";
    return [id, isKept(vm) ? vm : { ...vm, destroyed, inhibits: null }] as const;
  });
  const vcpus = [...state.vcpus].filter(isOther).map(([id, vcpu]) => {
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
