// VMs whose address another VM has later, though no line shows their end: a dump of the host has shown them, or their last
// lines were lost. They were destroyed at some moment between the last line about them and the creation of the other.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { unseenVcpu, type KvmState, type VcpuState } from "../../domain/fold/state.js";
import { type Directory, type KnownVm } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";

/**
 * What is known of the end of such a VM, by its row: it is over by now, or it may be; or the other one has turned out to be
 * the same VM, behind a loss.
 */
export type Replaced = ReadonlyMap<number, End>;

type End = "gone" | "perhaps" | "same";

/** The VMs of a state after event `seq` whose address another one has by then, or later. */
export function replacedIn(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
  state: KvmState,
  seq: number,
): Replaced {
  const replaced = new Map<number, End>();
  const living = [...state.vms.values()].filter(({ destroyed }) => !destroyed);
  const known = living.map(({ vm }) => who.vm(vm));
  const rows = rowsAt(
    sqlite,
    recording,
    known.map((vm) => vm?.kvm ?? null),
  );
  for (const vm of known) {
    const next = rows.get(vm?.kvm ?? "")?.find((id) => id > (vm?.id ?? 0));
    if (vm === null || next === undefined) continue;
    const end = endOf(sqlite, { state, seq }, vm, who.vm(next)?.vm_id ?? null, next);
    if (end !== null) replaced.set(vm.id, end);
  }
  return replaced;
}

interface AtMoment {
  readonly state: KvmState;
  readonly seq: number;
}

/** null = the VM is still there for certain. `next`: row of the VM that has its address later, `other` its vm_id. */
function endOf(
  sqlite: Database.Database,
  { state, seq }: AtMoment,
  { id, vm_id }: KnownVm,
  other: number | null,
  next: number,
): End | null {
  const isNamed = vm_id !== null && other !== null;
  if (isNamed && vm_id === other) return state.vms.has(next) ? "same" : null;
  if (state.vms.has(next)) return isNamed || isCreated(sqlite, next, seq) ? "gone" : "perhaps";
  return lastLineOf(sqlite, id) <= seq ? "perhaps" : null;
}

/** Does a line show, up to event `seq`, that the VM was made? Else it may be the one that had the address before. */
function isCreated(sqlite: Database.Database, vm: number, seq: number): boolean {
  const sql = "SELECT 1 FROM event WHERE vm = ? AND seq <= ? AND kind = ? LIMIT 1";
  return sqlite.prepare<[number, number, number]>(sql).get(vm, seq, KIND.vm_created) !== undefined;
}

/** The rows of the VMs that have one of these addresses at any time, by address, in order. */
function rowsAt(
  sqlite: Database.Database,
  { id }: Recording,
  addresses: readonly (string | null)[],
): ReadonlyMap<string, readonly number[]> {
  const sql = `SELECT kvm, json_group_array(id) AS ids FROM (
    SELECT kvm, id FROM vm WHERE recording_id = ? AND kvm IN (SELECT value FROM json_each(?)) ORDER BY id)
    GROUP BY kvm`;
  const rows = prepared<[number, string], { kvm: string; ids: string }>(sqlite, sql);
  const found = rows.all(id, JSON.stringify(addresses.filter((kvm) => kvm !== null)));
  return new Map(found.map(({ kvm, ids }) => [kvm, JSON.parse(ids) as readonly number[]]));
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

/** Those that are not over but have another row: this is so whether or not the ends of VMs have lines. */
export function onlySame(replaced: Replaced): Replaced {
  return new Map([...replaced].filter(([, end]) => end === "same"));
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
