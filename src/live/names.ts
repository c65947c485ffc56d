// Names for what a folded state holds as row numbers, keys and codes, while its recording is being imported.

import type Database from "better-sqlite3";
import { causeName, type Cause } from "../domain/events/causes.js";
import {
  irteOfKey,
  type IrteKey,
  type IrteName,
  type VcpuName,
  type VcpuRow,
  type VmRow,
} from "../domain/values/ids.js";
import { irteName, vcpuName, vmName } from "../domain/values/names.js";
import { platformOf } from "../platforms/registry.js";
import { type Recording } from "../timeline/read/recordings.js";
import { prepared } from "../timeline/store/sql.js";

const VM_SQL = "SELECT vm_id FROM vm WHERE recording_id = ? AND id = ?";
const VCPU_SQL = `SELECT vm.vm_id, vcpu.vcpu_id FROM vcpu JOIN vm ON vm.id = vcpu.vm
  WHERE vcpu.recording_id = ? AND vcpu.id = ?`;

/** Reads the timeline, or says in a TwinError why it cannot. */
export type Read = <Result>(question: (sqlite: Database.Database) => Result) => Result;

/** Makes the names of a recording. */
export let namesOf: (read: Read, recording: Recording) => LiveNames;

interface KnownVcpu {
  readonly vm_id: number | null;
  readonly vcpu_id: number;
}

/**
 * Names of one recording, as they are known when they are asked for: what is learned later is known then. Once the
 * timeline is closed VMs and vCPUs have none any more: that throws ERR_CLOSED.
 */
export class LiveNames {
  readonly #read: Read;
  readonly #recording: Recording;

  /**
   * `recording`: the one that the state is of.
   * @internal
   */
  private constructor(read: Read, recording: Recording) {
    this.#read = read;
    this.#recording = recording;
  }

  static {
    namesOf = (read, recording) => new LiveNames(read, recording);
  }

  /** `vmN` of a row number such as the keys of `state.kvm.vms`; null = its avic vm_id is not known. */
  vm(row: VmRow): string | null {
    const known = this.#read((sqlite) =>
      prepared<number[], { readonly vm_id: number | null }>(sqlite, VM_SQL).get(
        ...[this.#recording.id, row],
      ),
    );
    const vm_id = known?.vm_id ?? null;
    return vm_id === null ? null : vmName(vm_id);
  }

  /** `vmN/vcpuM` of a row number such as the keys of `state.kvm.vcpus`; null = its VM's avic vm_id is not known. */
  vcpu(row: VcpuRow): VcpuName | null {
    const found = this.#read((sqlite) =>
      prepared<number[], KnownVcpu>(sqlite, VCPU_SQL).get(this.#recording.id, row),
    );
    const vm_id = found?.vm_id ?? null;
    return found === undefined || vm_id === null ? null : vcpuName(vm_id, found.vcpu_id);
  }

  /** `SSSS:BB:DD.F/INDEX` of a key such as those of `state.iommu.irtes`. */
  irte(key: IrteKey): IrteName {
    const { segment, devid, index } = irteOfKey(key);
    return irteName(segment, devid, index);
  }

  /** The cause of a code such as `cause` of an IRTE; null = none. */
  cause(code: number | null): Cause | null {
    return causeName(code);
  }

  /** The kernel's names of the bits of a mask such as `inhibits` of a VM. */
  inhibits(mask: number): readonly string[] {
    return platformOf(this.#recording).inhibitNames(mask);
  }
}
