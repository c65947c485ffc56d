// Names that a question is narrowed by: read, and looked up where the answer has nothing of them. One that
// nothing in the recording has is an error; one that is only not seen yet is an answer.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import {
  irteName,
  parseIrteName,
  parseVcpuName,
  vcpuName,
  vmName,
  type IrteRef,
} from "../../domain/values/names.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { type AtDocument, type AtFilter, type Unknown } from "../document/document.js";

/** The ERR_NAME of a text that is no name. `form`: how such a name is written. */
export function malformed(text: string, what: string, form: string): TwinError {
  return new TwinError("ERR_NAME", `${text} is not ${what}: write ${form}`);
}

/** The ERR_NAME of a name that nothing in the recording has. `wayOut`: what the user can do. */
export function noSuch({ id, file }: Recording, what: string, wayOut: string): TwinError {
  return new TwinError("ERR_NAME", `there is no ${what} in recording ${id} (${file}): ${wayOut}`);
}

/** How to see which names there are. */
export const LIST_ALL = "list them with `irqtwin at end`";

/** The SQL condition for the events of one IRTE. Its parameters: devid, index, segment. */
export const OF_IRTE = "devid = ? AND irte_index = ? AND coalesce(segment, 0) = ?";

/**
 * The rows of the vCPUs that had a name, as an SQL query. Its parameters: recording, avic vm_id, vcpu_id.
 */
export const VCPU_ROWS = `SELECT vcpu.id FROM vcpu JOIN vm ON vm.id = vcpu.vm
  WHERE vcpu.recording_id = ? AND vm.vm_id = ? AND vcpu.vcpu_id = ?`;

/** The rows of the VMs that had a name, as an SQL query. Its parameters: recording, avic vm_id. */
export const VM_ROWS = "SELECT id FROM vm WHERE recording_id = ? AND vm_id = ?";

/** Reads the name of an IRTE. Throws ERR_NAME if the text is none. */
export function irteOf(text: string): IrteRef {
  const irte = parseIrteName(text);
  if (irte === null) throw malformed(text, "an IRTE", "SSSS:BB:DD.F/INDEX, such as 0000:00:08.0/0");
  return irte;
}

/** A vCPU by its VM's avic vm_id and its vcpu_id. */
export interface VcpuRef {
  /** The avic vm_id of its VM. */
  readonly vm_id: number;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
}

/** Reads the name of a vCPU. Throws ERR_NAME if the text is none. */
export function vcpuOf(text: string): VcpuRef {
  const vcpu = parseVcpuName(text);
  if (vcpu === null) throw malformed(text, "a vCPU", "vmN/vcpuM, such as vm1/vcpu0");
  return vcpu;
}

/** The seq of the first event of a recording that meets an SQL condition on `event`; null = none does. */
export function firstEvent(
  sqlite: Database.Database,
  { firstSeq, lastSeq }: Recording,
  where: string,
  values: readonly number[],
): number | null {
  const sql = `SELECT seq FROM event WHERE ${where} AND seq BETWEEN ? AND ? ORDER BY seq LIMIT 1`;
  return firstOf(sqlite, sql, [...values, firstSeq, lastSeq ?? 0]);
}

/** A filter with its names written in full, as `at` writes them. Throws ERR_NAME for what is no name. */
export function fullNames(filter: AtFilter): AtFilter {
  const { irte, vcpu } = filter;
  return { ...filter, irte: irte && fullIrte(irteOf(irte)), vcpu: vcpu && fullVcpu(vcpuOf(vcpu)) };
}

const fullIrte = ({ segment, devid, index }: IrteRef): string => irteName(segment, devid, index);
const fullVcpu = ({ vm_id, vcpu_id }: VcpuRef): string => vcpuName(vm_id, vcpu_id);

/**
 * Why a document has nothing of a name that it was narrowed to, for each such name. Throws ERR_NAME if nothing
 * in the whole recording has the name.
 */
export function absent(
  sqlite: Database.Database,
  recording: Recording,
  filter: AtFilter,
  document: AtDocument,
): readonly Unknown[] {
  const { irte, vcpu, vm_id } = filter;
  const missing: Unknown[] = [];
  const note = (path: string, what: string, name: string, first: number | null): void => {
    if (first === null) throw noSuch(recording, `${what} ${name}`, LIST_ALL);
    missing.push({ path, reason: reasonOf(name, first, filter, document.seq) });
  };
  if (irte !== undefined && document.irtes.length === 0)
    note("irtes", "IRTE", irte, firstOfIrte(sqlite, recording, irteOf(irte)));
  if (vcpu !== undefined && document.vcpus.length === 0)
    note("vcpus", "vCPU", vcpu, firstOfVcpu(sqlite, recording, vcpuOf(vcpu)));
  if (vm_id !== undefined && document.vms.length === 0)
    note("vms", "VM", vmName(vm_id), firstOfVm(sqlite, recording, vm_id));
  // Narrowed to an IRTE or a vCPU as well, it has no VMs at all.
  const isNarrowed = irte !== undefined || vcpu !== undefined;
  return isNarrowed ? missing.filter(({ path }) => path !== "vms") : missing;
}

function reasonOf(name: string, first: number, { vm_id }: AtFilter, seq: number): string {
  if (first > seq) return `${name} is not seen yet: it is first named at @${first}`;
  if (vm_id !== undefined && name !== vmName(vm_id)) return `${name} is not one of vm${vm_id} then`;
  return `${name} is named from @${first} on, and nothing shows its state up to then`;
}

/** What there is of an IRTE. Throws ERR_NAME if that is nothing, and nothing in the whole recording has its name. */
export function seenIrte<Seen>(
  sqlite: Database.Database,
  recording: Recording,
  irte: IrteRef,
  seen: Seen | null,
): Seen | null {
  if (seen === null && !hasIrte(sqlite, recording, irte))
    throw noSuch(recording, `IRTE ${fullIrte(irte)}`, LIST_ALL);
  return seen;
}

/** The same of a vCPU. */
export function seenVcpu<Seen>(
  sqlite: Database.Database,
  recording: Recording,
  vcpu: VcpuRef,
  seen: Seen | null,
): Seen | null {
  if (seen === null && firstOfVcpu(sqlite, recording, vcpu) === null)
    throw noSuch(recording, `vCPU ${fullVcpu(vcpu)}`, LIST_ALL);
  return seen;
}

/** Its own events are found at once, intervals and predictions are not. */
function hasIrte(sqlite: Database.Database, recording: Recording, irte: IrteRef): boolean {
  const isNamed = firstEventOfIrte(sqlite, recording, irte) !== null;
  return isNamed || firstOfIrte(sqlite, recording, irte) !== null;
}

function firstEventOfIrte(
  sqlite: Database.Database,
  recording: Recording,
  { segment, devid, index }: IrteRef,
): number | null {
  return firstEvent(sqlite, recording, OF_IRTE, [devid, index, segment]);
}

/** By its own events, or as one of several that were allocated together, or predicted. */
function firstOfIrte(
  sqlite: Database.Database,
  recording: Recording,
  irte: IrteRef,
): number | null {
  const { devid, index } = irte;
  return earlier(
    firstEventOfIrte(sqlite, recording, irte),
    firstInterval(sqlite, recording, "devid = ? AND irte_index = ? AND irte = ?", [
      devid,
      index,
      fullIrte(irte),
    ]),
  );
}

/** By its own events, or in the GA tag of an IRTE. */
function firstOfVcpu(
  sqlite: Database.Database,
  recording: Recording,
  { vm_id, vcpu_id }: VcpuRef,
): number | null {
  return earlier(
    firstEvent(sqlite, recording, `vcpu IN (${VCPU_ROWS})`, [recording.id, vm_id, vcpu_id]),
    firstInterval(sqlite, recording, "vm_id = ? AND vcpu_id = ?", [vm_id, vcpu_id]),
  );
}

/** By its own events, or in the GA tag of an IRTE. */
function firstOfVm(sqlite: Database.Database, recording: Recording, vm_id: number): number | null {
  return earlier(
    firstEvent(sqlite, recording, `vm IN (${VM_ROWS})`, [recording.id, vm_id]),
    firstInterval(sqlite, recording, "vm_id = ?", [vm_id]),
  );
}

function firstInterval(
  sqlite: Database.Database,
  { id }: Recording,
  where: string,
  values: readonly (number | string)[],
): number | null {
  const sql = `SELECT min(from_seq) FROM v_irte WHERE recording_id = ? AND ${where}`;
  return firstOf(sqlite, sql, [id, ...values]);
}

function firstOf(
  sqlite: Database.Database,
  sql: string,
  values: readonly (number | string)[],
): number | null {
  return (
    prepared<unknown[], number | null>(sqlite, sql)
      .pluck()
      .get(...values) ?? null
  );
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
