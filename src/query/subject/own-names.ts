// The names that VMs have outside of the kernel (`web1`), as the header of a recording gives them: the one place where a
// name such as vm1/vcpu0 is shown with the VM's own name behind it.

import type Database from "better-sqlite3";
import { parseVmName, withOwnName } from "../../domain/values/names.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";

/** Whose name it is: `vmN`, `vmN/vcpuM`, `vmN/gsiG`. */
const OF_VM = /^vm(\d{1,10})(?:\/|$)/;

/** The own names of a recording's VMs. */
export class OwnNames {
  private readonly byVmId: ReadonlyMap<number, string>;

  /** `byVmId`: the own name of each VM that has one, by its avic vm_id. */
  constructor(byVmId: ReadonlyMap<number, string>) {
    this.byVmId = byVmId;
  }

  /** The names as a document has them: by `vmN`. */
  static from(names: Readonly<Record<string, string>>): OwnNames {
    return new OwnNames(
      new Map(Object.entries(names).map(([vm, name]) => [parseVmName(vm) ?? -1, name])),
    );
  }

  /** The own name of the VM that a name is of; null = it has none, or the text is no such name. */
  of(name: string | null): string | null {
    const [, vm_id] = OF_VM.exec(name ?? "") ?? [];
    return vm_id === undefined ? null : (this.byVmId.get(Number(vm_id)) ?? null);
  }

  /** The text with the VM's own name behind it, if it is the name of a VM, vCPU or irqfd of one that has a name. */
  shown(text: string): string {
    return withOwnName(text, this.of(text));
  }

  /** Each VM that has a name, such as `vm1`, with its own name. */
  all(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.byVmId].map(([vm_id, name]) => [`vm${vm_id}`, name]));
  }
}

const OWN_NAMES_SQL = `
  SELECT vm_id, min(name) AS name FROM vm WHERE recording_id = ? AND vm_id IS NOT NULL
  GROUP BY vm_id HAVING count(name) = count(*) AND min(name) = max(name) ORDER BY vm_id`;

/** The own names of a recording's VMs; none where VMs that had one vm_id do not agree. */
export function ownNames(sqlite: Database.Database, recording: Recording): OwnNames {
  const rows = prepared<[number], { vm_id: number; name: string }>(sqlite, OWN_NAMES_SQL);
  return new OwnNames(new Map(rows.all(recording.id).map(({ vm_id, name }) => [vm_id, name])));
}
