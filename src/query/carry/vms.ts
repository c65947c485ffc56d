// What is known of VMs, vCPUs, irqfds and routes at the end of a recording, as facts of a dump. Names are carried over
// whatever happens: they last as long as a VM. A state is carried over if no event shortly before the end is about it, for
// the kernel may be changing it.

import type Database from "better-sqlite3";
import { type Selectable } from "kysely";
import { type IrqfdState, type KvmState, type VcpuState } from "../../domain/fold/state.js";
import { irteOfKey } from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { type HostCpuTable, type VcpuTable, type VmTable } from "../../timeline/schema/tables.js";
import { type CarriedFact } from "./entries.js";
import { type Touched } from "./touched.js";

/** Who is who in a recording. */
interface Rows {
  readonly vms: readonly Selectable<VmTable>[];
  readonly vcpus: readonly Selectable<VcpuTable>[];
  readonly cpus: readonly Selectable<HostCpuTable>[];
  /** The pid of the thread that has a vCPU loaded, by the vCPU's row. */
  readonly threads: ReadonlyMap<number, number>;
}

/** Reads who is who. */
export function rowsOf(
  sqlite: Database.Database,
  recording: number,
  threads: ReadonlyMap<number, number>,
): Rows {
  const rowsFrom = <Row>(table: string): Row[] =>
    sqlite.prepare<[number], Row>(`SELECT * FROM ${table} WHERE recording_id = ?`).all(recording);
  return { vms: rowsFrom("vm"), vcpus: rowsFrom("vcpu"), cpus: rowsFrom("host_cpu"), threads };
}

/** A VM that goes on, by its row number, and the address of its struct kvm. */
interface Living {
  readonly id: number;
  readonly vm: string;
  readonly row: Selectable<VmTable>;
}

/** Makes the facts of one recording's end. */
export class CarriedVms {
  private readonly state: KvmState;
  private readonly rows: Rows;
  private readonly touched: Touched;

  /** `state`: at the end. */
  constructor(state: KvmState, rows: Rows, touched: Touched) {
    this.state = state;
    this.rows = rows;
    this.touched = touched;
  }

  /** All of them. */
  facts(): readonly CarriedFact[] {
    const cpus = this.rows.cpus.map(({ cpu, apic_id }) => ({ kind: "cpu", cpu, apic: apic_id }));
    const living = this.living();
    const hasOwnId = ({ row }: Living): boolean =>
      living.filter((other) => other.row.vm_id === row.vm_id).length === 1;
    return [...cpus, ...living.flatMap((each) => this.factsOf(each, hasOwnId(each)))];
  }

  /** One of which the entries alone tell the id may turn out to be another, and of two at one address one is gone. */
  private living(): readonly Living[] {
    const { rows, state } = this;
    return rows.vms.flatMap((row) => {
      const { id, kvm, vm_id_by } = row;
      const isLast = !rows.vms.some((other) => other.kvm === kvm && other.id > id);
      const isGone = state.vms.get(id)?.destroyed === true;
      const isSure = kvm !== null && isLast && !isGone && vm_id_by !== "backing page";
      return isSure ? [{ id, row, vm: wordOf(kvm) }] : [];
    });
  }

  private factsOf(living: Living, hasOwnId: boolean): readonly CarriedFact[] {
    const { id, vm } = living;
    const vcpus = this.rows.vcpus.filter((row) => row.vm === id);
    const isSettled = !this.touched.hasVm(id);
    return [
      { ...this.vmFact(living, isSettled), vm_id: hasOwnId ? living.row.vm_id : null },
      ...vcpus.flatMap((row) => this.vcpuFacts(row, vm, isSettled)),
      ...(isSettled ? this.irqfdFacts(living) : []),
      ...(isSettled ? this.routeFacts(living) : []),
    ];
  }

  private vmFact({ id, vm, row }: Living, isSettled: boolean): CarriedFact {
    const { name, vmm_pid } = row;
    const state = this.state.vms.get(id);
    const inhibits = isSettled && state?.isInferred !== true ? (state?.inhibits ?? null) : null;
    return { kind: "vm", vm, inhibits, name, vmm_pid };
  }

  private vcpuFacts(
    { id, vcpu_id, vcpu_idx, vcpu_idx_by }: Selectable<VcpuTable>,
    vm: string,
    isVmSettled: boolean,
  ): readonly CarriedFact[] {
    const state = this.state.vcpus.get(id);
    if (state?.run_state === "freed") return [];
    const isSettled = state !== undefined && isVmSettled && !this.touched.hasVcpu(id);
    const idx = vcpu_idx_by === "backing page" ? null : vcpu_idx;
    // Which thread has it loaded is what the lines say, as names are, whatever the kernel is doing.
    const thread = this.rows.threads.get(id) ?? null;
    const own = { kind: "vcpu", vm, vcpu_id, vcpu_idx: idx, entry: null, thread };
    return [{ ...own, ...(isSettled ? stateOf(state) : UNKNOWN_VCPU) }];
  }

  private irqfdFacts({ id, vm }: Living): readonly CarriedFact[] {
    const own = this.state.irqfds.filter((irqfd) => irqfd.vm === id);
    // A fact about one of two irqfds on a GSI would be about either.
    const isSole = ({ gsi }: IrqfdState): boolean =>
      own.filter((irqfd) => irqfd.gsi === gsi).length === 1;
    return own
      .filter((irqfd) => irqfd.state === "assigned" && isSole(irqfd))
      .map(({ gsi, host_irq }) => ({ kind: "irqfd", vm, gsi, host_irq }));
  }

  private routeFacts({ id, vm }: Living): readonly CarriedFact[] {
    return [...this.state.routes.values()]
      .filter((route) => route.vm === id && route.type !== null)
      .map(({ gsi, type, address, data }) => ({
        ...{ kind: "route", vm, gsi, type, data },
        address: address === null ? null : wordOf(address.toString(16)),
      }));
  }
}

const UNKNOWN_VCPU: CarriedFact = { blocking: null, apicv_active: null, cpu: null, ir_list: null };

function stateOf({ run_state, pcpu, avic_active, ir_list }: VcpuState): CarriedFact {
  return {
    blocking: run_state === null ? null : run_state === "blocking",
    apicv_active: avic_active,
    cpu: pcpu,
    ir_list:
      ir_list?.map((key) => {
        const { segment, devid, index } = irteOfKey(key);
        return irteName(segment, devid, index);
      }) ?? null,
  };
}

function wordOf(hex: string): string {
  return `0x${hex.padStart(16, "0")}`;
}
