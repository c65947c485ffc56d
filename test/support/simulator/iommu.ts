// drivers/iommu/amd/iommu.c: what the driver does to an IRTE. Every write carries the whole shadow.

import {
  IRTE_ALLOCATED,
  IRTE_FREE,
  decodeIrte,
  encodeIrte,
} from "../../../src/domain/amd/irte/irte.js";
import { type Task } from "./recorder.js";
import {
  ZEROED,
  irteOf,
  lock,
  unlock,
  type IrData,
  type Machine,
  type Run,
  type Vector,
} from "./machine.js";

/** __modify_irte_ga(). */
function* write(at: Machine, on: Task, data: IrData): Run {
  const { vector, entry } = data;
  vector.table = encodeIrte(entry);
  at.rec.within(on, "irte_written", { ...irteOf(vector), words: 2, ...vector.table });
  yield;
}

/** amd_iommu_activate_guest_mode(): before the series without `cpu`, and with GALogIntr. */
export function* activateGuestMode(
  at: Machine,
  on: Task,
  data: IrData,
  cpu: number,
  log: boolean,
): Run {
  const runs = at.rules.postsInOneWrite && cpu >= 0;
  data.entry = {
    shape: "posted",
    valid: data.entry.valid,
    no_fault: false,
    ga_log_intr: at.rules.logsOnlyBlocking ? !runs && log : true,
    is_run: runs,
    destination: runs ? cpu : 0,
    vector: data.ga_vector,
    ga_tag: data.ga_tag,
    ga_root_ptr: data.ga_root_ptr,
    reserved: 0,
  };
  yield;
  yield* write(at, on, data);
}

/** amd_iommu_deactivate_guest_mode(). */
export function* deactivateGuestMode(at: Machine, on: Task, data: IrData): Run {
  if (data.entry.shape !== "posted") return;
  const { vector, dest_apicid } = data.vector.cfg;
  const { valid } = data.entry;
  data.entry = {
    ...ZEROED,
    valid,
    vector,
    destination: dest_apicid,
    dm: at.logical,
  } as IrData["entry"];
  yield;
  yield* write(at, on, data);
}

/** amd_iommu_update_ga(): `cpu` -1 = not running, destination kept. */
export function* updateGa(at: Machine, on: Task, data: IrData, cpu: number, log: boolean): Run {
  const { entry } = data;
  if (entry.shape !== "posted") return;
  const runs = cpu >= 0;
  if (at.rules.storesRunBits) {
    yield* storeRunBits(at, on, data, cpu);
    return;
  }
  data.entry = {
    ...entry,
    destination: runs ? cpu : entry.destination,
    is_run: runs,
    ga_log_intr: at.rules.logsOnlyBlocking ? !runs && log : entry.ga_log_intr,
  };
  yield;
  yield* write(at, on, data);
}

/** 6.1: IsRun and the CPU go into the table, and the driver's own copy stays as it is. */
function* storeRunBits(at: Machine, on: Task, { vector }: IrData, cpu: number): Run {
  yield;
  const entry = decodeIrte(vector.table);
  if (entry.shape !== "posted") return;
  const is_run = cpu >= 0;
  vector.table = encodeIrte({ ...entry, is_run, destination: is_run ? cpu : entry.destination });
  at.rec.within(on, "irte_written", { ...irteOf(vector), words: 2, ...vector.table });
  yield;
}

/** irte_ga_set_affinity(): a posted entry stays as it is. */
function* setAffinity(at: Machine, on: Task, vector: Vector): Run {
  const { data, cfg } = vector;
  at.rec.enter(on, "host_affinity_set", "host affinity", {
    ...irteOf(vector),
    payload: { vector: cfg.vector, dest: cfg.dest_apicid },
  });
  yield;
  if (data?.entry.shape === "remapped") {
    data.entry = { ...data.entry, vector: cfg.vector, destination: cfg.dest_apicid };
    yield* write(at, on, data);
  }
  at.rec.leave(on);
}

/** The vector domain gives the IRQ a vector, in irq_cfg. */
function assignVector(at: Machine, on: Task, of: Vector, vector: number, cpu: number): void {
  of.cfg = { vector, dest_apicid: at.apic(cpu) };
  at.rec.note(on, "host_vector_assigned", {
    ...(of.data === null ? {} : irteOf(of)),
    host_irq: of.host_irq,
    payload: { vector, cpu, apicdest: at.apic(cpu) },
  });
}

/** pci_alloc_irq_vectors(): an IRTE, with the vector that all unrequested IRQs share. */
export function* allocate(at: Machine, on: Task, vector: Vector): Run {
  assignVector(at, on, vector, 0xef, 0);
  const { host_irq, cfg } = vector;
  const data: IrData = {
    vector,
    entry: ZEROED,
    ga_tag: 0,
    ga_root_ptr: 0n,
    ga_vector: 0,
    cached_ga_tag: 0,
    freed: false,
  };
  vector.data = data;
  vector.table = IRTE_ALLOCATED;
  at.rec.note(on, "irte_allocated", { ...irteOf(vector), host_irq, payload: { count: 1 } });
  data.entry = {
    ...ZEROED,
    valid: true,
    vector: cfg.vector,
    destination: cfg.dest_apicid,
    dm: at.logical,
  } as IrData["entry"];
  at.rec.note(on, "irte_prepared", {
    ...irteOf(vector),
    host_irq,
    words: 2,
    ...encodeIrte(data.entry),
  });
  assignVector(at, on, vector, 0xef, 0);
  yield* activate(at, on, vector);
}

/** irq_remapping_activate(): the shadow with valid set, then amd_ir_update_irte(). */
function* activate(at: Machine, on: Task, vector: Vector): Run {
  const { data } = vector;
  if (data === null) return;
  at.rec.enter(on, "host_irq_activated", "activate", {
    ...irteOf(vector),
    host_irq: vector.host_irq,
  });
  data.entry = { ...data.entry, valid: true };
  yield* write(at, on, data);
  yield* setAffinity(at, on, vector);
  at.rec.leave(on);
}

/** request_irq(): a vector of its own; the IRQ's affinity is set once more when it starts. */
export function* request(at: Machine, on: Task, of: Vector, vector: number, cpu: number): Run {
  assignVector(at, on, of, vector, cpu);
  yield* activate(at, on, of);
  yield* setAffinity(at, on, of);
}

/** free_irq(): irq_remapping_deactivate(), all but the valid bit stays. */
export function* release(at: Machine, on: Task, vector: Vector): Run {
  const { data, host_irq } = vector;
  if (data === null) return;
  at.rec.enter(on, "host_irq_deactivated", "deactivate", { ...irteOf(vector), host_irq });
  data.entry = { ...data.entry, valid: false };
  yield* write(at, on, data);
  at.rec.leave(on);
  assignVector(at, on, vector, 0xef, 0);
}

/** irq_remapping_free(): whoever still points to the entry's data points to freed memory. */
export function free(at: Machine, on: Task, vector: Vector): void {
  if (vector.data !== null) vector.data.freed = true;
  vector.data = null;
  vector.table = IRTE_FREE;
  at.rec.note(on, "irte_freed", irteOf(vector));
}

/** irq_set_affinity(): amd_ir_set_affinity() after the vector domain's own. */
export function* moveHostIrq(at: Machine, on: Task, of: Vector, vector: number, cpu: number): Run {
  yield* lock(of.desc);
  assignVector(at, on, of, vector, cpu);
  yield;
  yield* setAffinity(at, on, of);
  unlock(of.desc);
}
