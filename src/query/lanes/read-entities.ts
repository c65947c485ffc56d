// Lanes that are rows of a view: IRTEs, vCPUs, and routes.

import { irteName, type IrteRef } from "../../domain/values/names.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_FLAGS, LANE_SOURCES, unknownRow } from "./lane-styles.js";
import { type VcpuRef } from "./lane-ids.js";
import { pagesOf, type LaneReader, type LaneSource } from "./lane-reader.js";
import { type RowMeaning } from "./lane-rows.js";

interface IrteRow {
  readonly seq: number;
  readonly begin: number;
  readonly end: number | null;
  readonly mode: string | null;
  readonly valid: number | null;
  readonly vector: number | null;
  readonly destination: number | null;
  readonly is_run: number | null;
  readonly ga_log_intr: number | null;
  readonly vm_id: number | null;
  readonly vcpu_id: number | null;
  readonly source: string;
}

const IRTE_SQL = `SELECT from_seq AS seq, from_ns - :base AS begin, to_ns - :base AS end, mode, valid, vector, destination,
    is_run, ga_log_intr, vm_id, vcpu_id, source
  FROM v_irte WHERE recording_id = :recording AND devid = ? AND irte_index = ? AND irte = ?
    AND from_seq BETWEEN :first AND :last ORDER BY from_seq`;

/** The lane of an IRTE: its rows of v_irte. */
export function irteLane({ segment, devid, index }: IrteRef): LaneReader {
  return function* (source, rows, known) {
    const cpuOf = cpusByApicId(source);
    const subject = [devid, index, irteName(segment, devid, index)];
    yield* pagesOf<IrteRow>(source, IRTE_SQL, subject, (row) => {
      const why = known.entry(row);
      const told = why === null ? irteMeaning(row, cpuOf) : unknownRow("irte.unknown", why);
      rows.add(row.begin, row.end, row.seq, told);
    });
    rows.fillLost("irte.unknown");
    rows.cut(known.cuts, unknownRow("irte.unknown", known.unread));
  };
}

function irteMeaning(row: IrteRow, cpuOf: ReadonlyMap<number, number>): RowMeaning {
  const state = irteState(row);
  const isPredicted = row.source === "predicted";
  const known = isPredicted ? LANE_SOURCES.predicted : LANE_SOURCES.observed;
  const source = state === "irte.unknown" ? LANE_SOURCES.unknown : known;
  return { state, label: irteLabel(row, cpuOf), source, flags: 0 };
}

function irteState({ mode, is_run, ga_log_intr }: IrteRow): string {
  if (mode === null || mode === "unknown") return "irte.unknown";
  if (mode !== "posted") return `irte.${mode}`;
  if (is_run === 1) return "irte.running";
  // A bit that is not known could be set.
  if (is_run === null) return "irte.unknown";
  return ga_log_intr === 1 ? "irte.logging" : ga_log_intr === null ? "irte.unknown" : "irte.posted";
}

function irteLabel(row: IrteRow, cpuOf: ReadonlyMap<number, number>): string {
  const { mode, vm_id, vcpu_id, is_run, ga_log_intr, destination, vector } = row;
  if (mode === "posted") {
    const target = `${vm_id === null ? "vm?" : `vm${vm_id}`}/${vcpu_id === null ? "vcpu?" : `vcpu${vcpu_id}`}`;
    return `posted → ${target}  IsRun ${is_run ?? "?"}  GALogIntr ${ga_log_intr ?? "?"}`;
  }
  if (mode !== "remapped") return mode ?? "unknown";
  const cpu = destination === null ? undefined : cpuOf.get(destination);
  const target = cpu === undefined ? `APIC ${destination ?? "?"}` : `CPU ${cpu}`;
  return `remapped → ${target}  vector ${vector === null ? "?" : `0x${vector.toString(16)}`}`;
}

/** Host CPUs by the APIC IDs that lines show. */
function cpusByApicId({ sqlite, recording }: LaneSource): ReadonlyMap<number, number> {
  const rows = prepared<[number], { readonly cpu: number; readonly apic_id: number }>(
    sqlite,
    "SELECT cpu, apic_id FROM host_cpu WHERE recording_id = ?",
  ).all(recording.id);
  return new Map(rows.map(({ cpu, apic_id }) => [apic_id, cpu]));
}

interface VcpuRow {
  readonly seq: number;
  readonly begin: number;
  readonly end: number | null;
  readonly run_state: string;
  readonly pcpu: number | null;
  readonly avic_active: number | null;
}

const VCPU_SQL = `SELECT i.from_seq AS seq, i.from_ns - :base AS begin, i.to_ns - :base AS end, i.run_state, i.pcpu,
    i.avic_active
  FROM v_vcpu AS i WHERE i.recording_id = :recording AND i.vm_id IS ? AND i.vcpu_id = ?
    AND i.from_seq BETWEEN :first AND :last ORDER BY i.from_seq`;

/** The lane of a vCPU: its rows of v_vcpu. */
export function vcpuLane({ vm_id, vcpu_id }: VcpuRef): LaneReader {
  return function* (source, rows, known) {
    const isAvicKnown = known.avicOff(vm_id) === null;
    yield* pagesOf<VcpuRow>(source, VCPU_SQL, [vm_id, vcpu_id], (row) => {
      const why = known.runState(vm_id, row.run_state);
      const told = vcpuMeaning(row, isAvicKnown);
      rows.add(row.begin, row.end, row.seq, why === null ? told : unknownRow("vcpu.unknown", why));
    });
    rows.fillLost("vcpu.unknown");
    rows.cut(known.runCuts, unknownRow("vcpu.unknown", known.unread), "vcpu.freed");
  };
}

function vcpuMeaning({ run_state, pcpu, avic_active }: VcpuRow, isAvicKnown: boolean): RowMeaning {
  const isOff = isAvicKnown && avic_active === 0 && run_state !== "freed";
  const where = run_state === "running" ? (pcpu === null ? "running" : `CPU ${pcpu}`) : run_state;
  return {
    state: `vcpu.${run_state}`,
    label: isOff ? `${where}  AVIC off` : where,
    source: run_state === "unknown" ? LANE_SOURCES.unknown : LANE_SOURCES.observed,
    flags: isOff ? LANE_FLAGS.avicOff : 0,
  };
}

interface RouteRow {
  readonly seq: number;
  readonly begin: number;
  readonly end: number | null;
  readonly gsi: number;
  readonly type: string;
  readonly dest: number | null;
  readonly vector: number | null;
  readonly delivery_mode: string | null;
}

const ROUTE_SQL = `SELECT from_seq AS seq, from_ns - :base AS begin, to_ns - :base AS end, gsi, type, dest, vector,
    delivery_mode
  FROM v_route WHERE recording_id = :recording AND vm_id = ? AND from_seq BETWEEN :first AND :last
  ORDER BY from_seq`;

/** The lane of a VM's routes: its rows of v_route. They overlap, because each GSI has its own. */
export function routesLane(vm_id: number): LaneReader {
  return function* (source, rows, known) {
    const why = known.routes(vm_id);
    yield* pagesOf<RouteRow>(source, ROUTE_SQL, [vm_id], (row) => {
      const told = why === null ? routeMeaning(row) : unknownRow("route.unknown", why);
      rows.add(row.begin, row.end, row.seq, told);
    });
    rows.cut(known.cuts, unknownRow("route.unknown", known.unread));
  };
}

function routeMeaning({ gsi, type, dest, vector, delivery_mode }: RouteRow): RowMeaning {
  const isUnknown = type === "unknown";
  const to = `APIC ${dest ?? "?"}  vector ${vector === null ? "?" : `0x${vector.toString(16)}`}`;
  const says = type === "msi" ? `${to}  ${delivery_mode ?? "mode ?"}` : type;
  return {
    state: ROUTE_STATES[type] ?? "route.other",
    label: `gsi ${gsi}  ${says}`,
    source: isUnknown ? LANE_SOURCES.unknown : LANE_SOURCES.observed,
    flags: 0,
  };
}

const ROUTE_STATES: Readonly<Record<string, string>> = {
  ...{ msi: "route.msi", none: "route.none", unknown: "route.unknown" },
};
