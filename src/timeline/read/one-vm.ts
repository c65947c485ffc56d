// A recording of one VM: the capture script left out the tasks of the other VMs that ran already. What it shows of this
// VM, and of VMs that were made while it ran, is whole.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { type TwinEvent } from "../../domain/events/event.js";
import { all, q } from "../store/sql.js";
import { headerLines, isWholeCapture } from "./header.js";
import { type Recording } from "./recordings.js";

/** What a recording of one VM shows whole. */
export interface OneVm {
  /** The process of the VM. */
  readonly pid: number;
  /** Rows of the VMs that are recorded whole. */
  readonly vms: ReadonlySet<number>;
  /** Rows of their vCPUs. */
  readonly vcpus: ReadonlySet<number>;
  /** Their avic vm_ids. */
  readonly vmIds: ReadonlySet<number>;
}

const ONLY = /^vm pid=(\d{1,10}) left_out=(\d{1,9})$/;

/**
 * The one VM that was recorded; null = all were, or the header does not tell which, or the file may lack lines besides
 * those that the script left out.
 */
export function oneVmOf(sqlite: Database.Database, recording: Recording): OneVm | null {
  if (recording.leftOut !== 0 || recording.lines.header === 0) return null;
  const lines = headerLines(sqlite, recording);
  const only = lines.filter(({ key }) => key === "only");
  const [, pid = ""] = ONLY.exec(only[0]?.value ?? "") ?? [];
  if (pid === "" || only.length !== 1 || !isWholeCapture(lines)) return null;
  const rows = all(
    sqlite,
    q.selectFrom("vm").select(["id", "vm_id", "vmm_pid"]).where("recording_id", "=", recording.id),
  );
  const born = bornIn(sqlite, recording);
  const own = rows.filter(({ vmm_pid }) => vmm_pid === Number(pid));
  const whole = rows.filter((row) => own.includes(row) || born.has(row.id));
  if (own.length === 0) return null;
  const vms = new Set(whole.map(({ id }) => id));
  const others = new Set(rows.filter(({ id }) => !vms.has(id)).map(({ vm_id }) => vm_id));
  const vmIds = whole.flatMap(({ vm_id }) => (vm_id === null || others.has(vm_id) ? [] : vm_id));
  return {
    pid: Number(pid),
    vms,
    vcpus: vcpusOf(sqlite, recording, vms),
    vmIds: new Set(vmIds),
  };
}

/** Is the event about one of these VMs, or brought about by what is? `root`: the event of its function. */
export function isOf({ vms, vcpus }: OneVm, event: TwinEvent, root: TwinEvent | null): boolean {
  const { vm, vcpu } = event;
  if (vcpu !== null) return vcpus.has(vcpu);
  if (vm !== null) return vms.has(vm);
  return root !== null && isOf({ pid: 0, vms, vcpus, vmIds: new Set() }, root, null);
}

function bornIn(sqlite: Database.Database, { id }: Recording): ReadonlySet<number> {
  const rows = all(
    sqlite,
    q
      .selectFrom("event")
      .select("vm")
      .where("recording_id", "=", id)
      .where("kind", "=", KIND.vm_created)
      .where("vm", "is not", null),
  );
  return new Set(rows.flatMap(({ vm }) => vm ?? []));
}

function vcpusOf(
  sqlite: Database.Database,
  { id }: Recording,
  vms: ReadonlySet<number>,
): ReadonlySet<number> {
  const rows = all(
    sqlite,
    q.selectFrom("vcpu").select(["id", "vm"]).where("recording_id", "=", id),
  );
  return new Set(rows.filter(({ vm }) => vms.has(vm)).map((row) => row.id));
}
