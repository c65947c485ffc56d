// The state at a moment as the document of `at --json`: names instead of row numbers, fields
// instead of bits, and for every value that is not known its path and the reason.

import { hex64 } from "../../base/words.js";
import { stampText } from "../../base/stamp.js";
import { causeName } from "../../domain/events/causes.js";
import { isGuestMode } from "../../domain/amd/irte.js";
import { type IrteBits } from "../../domain/bits.js";
import { inhibitNames } from "../../domain/amd/inhibit.js";
import { irteName, vcpuName, vmName } from "../../domain/names.js";
import { RULES, decodeGaTag, type Rules } from "../../domain/amd/releases.js";
import {
  NONE,
  type IrqfdState,
  type IrteState,
  type TwinState,
  type VcpuState,
} from "../../domain/fold/state.js";
import { irteOfKey, routeKey } from "../../domain/ids.js";
import {
  type AtDocument,
  type AtFilter,
  type AtIrqfd,
  type AtIrte,
  type AtVcpu,
  type AtVm,
  type Unknown,
} from "./document.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";

import { decoded, type ToldIrte } from "./irte-fields.js";
import { entriesOf, predictedIrte, type PredictedEntry } from "./predicted.js";

const ROUTE_NAMES: Readonly<Record<number, AtIrqfd["route"]>> = {
  0: "none",
  1: "irqchip",
  2: "msi",
};

const LOST = "events were lost (see v_gap) and it was not observed since";

const UNSEEN_LOADS = "AVIC is inhibited, and without svm_vcpu_load its loads and puts are not seen";

/** Probes without which something can never be seen. */
const VCPU_PROBES = ["svm_vcpu_load", "avic_vcpu_load", "avic_blocking"];
const LINK_PROBES = ["avic_pi_update", "ir_set_vcpu_affinity"];
const IRQ_PROBES = ["ir_activate", "ir_set_vcpu_affinity", "ir_alloc"];

export class Describer {
  private readonly recording: Recording;
  private readonly who: Directory;
  private readonly rules: Rules | null;
  private readonly hasLost: boolean;
  /** By irteKey(); null = the IRTEs are observed. */
  private predicted: ReadonlyMap<number, PredictedEntry> | null = null;
  private state!: TwinState;
  private unknown: Unknown[] = [];
  private inconclusive = false;

  /** `hasLost`: events were lost before the moment that is described, or around it. */
  constructor(recording: Recording, who: Directory, hasLost: boolean) {
    this.recording = recording;
    this.who = who;
    this.hasLost = hasLost;
    this.rules = recording.rules === null ? null : RULES[recording.rules];
  }

  /** `gap`: the moment lies in a lost span, so nothing that was observed before it is sure. */
  describe(
    state: TwinState,
    moment: { readonly seq: number; readonly time: bigint },
    gap: { readonly cpu: number; readonly line: number | null } | null,
    filter: AtFilter = {},
    predicted: ReadonlyMap<number, PredictedEntry> | null = null,
  ): AtDocument {
    this.state = state;
    this.predicted = gap === null || predicted === null ? predicted : new Map();
    this.unknown = [];
    this.inconclusive = gap !== null;
    const irtes = this.irtes(filter);
    const vcpus = this.vcpus(filter);
    const narrowed = filter.irte !== undefined || filter.vcpu !== undefined;
    if (!narrowed) this.coverage();
    if (gap !== null) {
      this.note(
        "irtes",
        `the moment is in a gap: events of CPU ${gap.cpu} were lost (line ${gap.line ?? "?"})`,
      );
    }
    return {
      recording_id: this.recording.id,
      seq: moment.seq,
      time_ns: String(moment.time),
      clock_unit: this.recording.clockUnit,
      irtes,
      vcpus,
      irqfds: narrowed ? [] : this.irqfds(filter),
      vms: narrowed ? [] : this.vms(filter),
      unknown: this.unknown,
      inconclusive: this.inconclusive,
    };
  }

  /** `vmN/vcpuM`; by address where the avic_vm_id was never shown. */
  vcpuLabel(vcpu: number): string {
    const row = this.who.vcpus.get(vcpu);
    if (row === undefined) return `vcpu row ${vcpu}`;
    const vm = this.who.vms.get(row.vm);
    return vm?.vm_id == null
      ? `kvm@${vm?.kvm ?? "?"}/vcpu${row.vcpu_id}`
      : vcpuName(vm.vm_id, row.vcpu_id);
  }

  vmLabel(vm: number): string {
    const row = this.who.vms.get(vm);
    return row?.vm_id == null ? `kvm@${row?.kvm ?? "?"}` : vmName(row.vm_id);
  }

  // --- IRTEs ------------------------------------------------------------------------------------

  private irtes(filter: AtFilter): AtIrte[] {
    if (filter.vcpu !== undefined && filter.irte === undefined) return [];
    const described: AtIrte[] = [];
    const sorted = entriesOf(this.state.iommu, this.predicted).sort(
      (a, b) => a.segment - b.segment || a.devid - b.devid || a.index - b.index,
    );
    for (const entry of sorted) {
      const name = irteName(entry.segment, entry.devid, entry.index);
      if (filter.irte !== undefined && filter.irte !== name) continue;
      const irte = this.irte(entry, name);
      if (filter.vm_id !== undefined && irte.value.vm_id !== filter.vm_id) continue;
      for (const [field, reason] of irte.unknown)
        this.note(`irtes[${described.length}].${field}`, reason);
      described.push(irte.value);
    }
    return described;
  }

  private irte(entry: IrteState, name: string): { value: AtIrte; unknown: [string, string][] } {
    const unknown: [string, string][] = [];
    const told =
      this.predicted === null
        ? this.observed(entry, unknown)
        : predictedIrte(this.predicted, entry, unknown);
    const target = told.tagged === null ? null : this.target(told.tagged, unknown);
    const host_irq = this.hostIrq(entry, unknown);
    const gsi = this.gsiOf(entry, unknown);
    return {
      unknown,
      value: {
        irte: name,
        devid: entry.devid,
        index: entry.index,
        ...told.fields,
        vm_id: target?.vm_id ?? null,
        vcpu: target?.vcpu ?? null,
        host_irq,
        gsi,
        ...told.origin,
      },
    };
  }

  private observed(entry: IrteState, unknown: [string, string][]): ToldIrte {
    const { bits, shadow, since } = entry;
    if (bits === null) {
      const reason = this.sawGap(entry) ? LOST : "its bits were not observed yet";
      for (const field of ["lo", "hi"]) unknown.push([field, reason]);
    } else if (entry.cause === null) {
      unknown.push(["cause", "no probe shows which function wrote it"]);
    }
    return {
      tagged: bits,
      fields: decoded(bits),
      origin: {
        ...(shadow === null
          ? {}
          : { shadow: { lo: hex64(shadow.loH, shadow.loL), hi: hex64(shadow.hiH, shadow.hiL) } }),
        source: "observed",
        since_seq: since.seq,
        since_ns: stampText(since.billions, since.rest),
        cause: causeName(entry.cause),
      },
    };
  }

  private sawGap(entry: IrteState): boolean {
    const lost = this.hasLost && !entry.born;
    if (lost) this.inconclusive = true;
    return lost;
  }

  /** The vCPU that a posted entry's GA tag names. */
  private target(
    bits: IrteBits,
    unknown: [string, string][],
  ): { vm_id: number; vcpu: string | null } | null {
    if (!isGuestMode(bits)) return null;
    if (this.rules === null) {
      unknown.push([
        "vm_id",
        "the GA tag cannot be read without a rules profile: import with --rules",
      ]);
      return null;
    }
    const { vm_id, vcpu } = decodeGaTag(bits.loH >>> 0, this.rules);
    if (this.rules.tagVcpuField === "vcpu_id") return { vm_id, vcpu: vcpuName(vm_id, vcpu) };
    for (const row of this.who.vcpus.values()) {
      if (row.vcpu_idx === vcpu && this.who.vms.get(row.vm)?.vm_id === vm_id) {
        return { vm_id, vcpu: vcpuName(vm_id, row.vcpu_id) };
      }
    }
    unknown.push([
      "vcpu",
      `the GA tag holds vcpu_idx ${vcpu}: the creation of that vCPU was not observed`,
    ]);
    return { vm_id, vcpu: null };
  }

  private hostIrq(entry: IrteState, unknown: [string, string][]): number | null {
    if (entry.host_irq === null) {
      unknown.push([
        "host_irq",
        this.sees(IRQ_PROBES) ? "not observed yet" : "no probe of this recording shows it",
      ]);
      return null;
    }
    return entry.host_irq === NONE ? null : entry.host_irq;
  }

  private gsiOf(entry: IrteState, unknown: [string, string][]): number | null {
    const { host_irq } = entry;
    const irqfd = this.state.kvm.irqfds.find(
      (each) => host_irq !== null && host_irq !== NONE && each.host_irq === host_irq,
    );
    if (irqfd !== undefined) return irqfd.gsi;
    if (host_irq === NONE) return null;
    if (!this.sees(["add_producer"]))
      unknown.push(["gsi", "no add_producer probe in this recording"]);
    else if (!entry.born || host_irq === null)
      unknown.push(["gsi", "it may have been connected before it was first observed"]);
    return null;
  }

  // --- vCPUs, irqfds, VMs -------------------------------------------------------------------------

  private vcpus(filter: AtFilter): AtVcpu[] {
    if (filter.irte !== undefined && filter.vcpu === undefined) return [];
    return [...this.state.kvm.vcpus.values()]
      .map((vcpu) => this.named(vcpu))
      .sort(byVmAndId)
      .filter(({ name, vm_id }) => {
        const isNamed = filter.vcpu === undefined || filter.vcpu === name;
        return isNamed && (filter.vm_id === undefined || filter.vm_id === vm_id);
      })
      .map((named, i) => {
        this.noteVcpu(named.vcpu, `vcpus[${i}]`);
        return this.vcpu(named);
      });
  }

  private named(vcpu: VcpuState): NamedVcpu {
    const row = this.who.vcpus.get(vcpu.vcpu);
    return {
      vcpu,
      name: this.vcpuLabel(vcpu.vcpu),
      vm_id: this.who.vms.get(vcpu.vm)?.vm_id ?? null,
      vcpu_id: row?.vcpu_id ?? 0,
      vcpu_idx: row?.vcpu_idx ?? null,
    };
  }

  private vcpu({ vcpu, name, vm_id, vcpu_id, vcpu_idx }: NamedVcpu): AtVcpu {
    return {
      vcpu: name,
      vm_id,
      vcpu_id,
      vcpu_idx,
      run_state: vcpu.run_state ?? "unknown",
      pcpu: vcpu.pcpu === NONE ? null : vcpu.pcpu,
      avic_active: vcpu.avic_active,
      is_running: vcpu.is_running,
      ga_log_intr: vcpu.ga_log_intr,
      ir_list: this.sees(LINK_PROBES) ? (vcpu.ir_list?.map(nameOfKey) ?? null) : null,
      source: "observed",
    };
  }

  private noteVcpu(vcpu: VcpuState, path: string): void {
    const unseen = vcpu.avic_active === false && !this.state.kvm.seesEveryLoad;
    const reason = unseen ? UNSEEN_LOADS : this.hasLost ? LOST : "not observed yet";
    for (const field of [
      "run_state",
      "pcpu",
      "avic_active",
      "is_running",
      "ga_log_intr",
    ] as const) {
      if (vcpu[field] !== null) continue;
      this.note(`${path}.${field}`, reason);
      if (reason === LOST) this.inconclusive = true;
    }
    if (!this.sees(LINK_PROBES))
      this.note(`${path}.ir_list`, "no probe of this recording shows it");
    else if (vcpu.ir_list === null)
      this.note(
        `${path}.ir_list`,
        this.hasLost ? LOST : "the creation of the vCPU was not observed",
      );
  }

  private irqfds(filter: AtFilter): AtIrqfd[] {
    return [...this.state.kvm.irqfds]
      .filter(
        (irqfd) => filter.vm_id === undefined || this.who.vms.get(irqfd.vm)?.vm_id === filter.vm_id,
      )
      .sort((a, b) => a.vm - b.vm || a.gsi - b.gsi)
      .map((irqfd, i) => this.irqfd(irqfd, `irqfds[${i}]`));
  }

  private irqfd(irqfd: IrqfdState, path: string): AtIrqfd {
    const { vm, gsi, host_irq } = irqfd;
    const entry =
      host_irq === null || host_irq === NONE
        ? undefined
        : [...this.state.iommu.irtes.values()].find((each) => each.host_irq === host_irq);
    const irte = entry === undefined ? null : irteName(entry.segment, entry.devid, entry.index);
    const route = this.state.kvm.routes.get(routeKey(vm, gsi));
    if (host_irq === null) this.note(`${path}.host_irq`, LOST);
    if (route?.type == null) this.note(`${path}.route`, "no line shows the route of this GSI yet");
    return {
      gsi,
      vm_id: this.who.vms.get(vm)?.vm_id ?? null,
      host_irq: host_irq === NONE ? null : host_irq,
      irte,
      vcpu: this.linkedVcpu(irte),
      route: route?.type == null ? null : (ROUTE_NAMES[route.type] ?? "other"),
      fd: irqfd.fd,
      state: irqfd.state,
    };
  }

  private linkedVcpu(irte: string | null): string | null {
    if (irte === null) return null;
    for (const vcpu of this.state.kvm.vcpus.values()) {
      if (vcpu.ir_list?.some((key) => nameOfKey(key) === irte) === true)
        return this.vcpuLabel(vcpu.vcpu);
    }
    return null;
  }

  private vms(filter: AtFilter): AtVm[] {
    return [...this.state.kvm.vms.values()]
      .map(({ vm, destroyed, inhibits }) => ({
        vm,
        vm_id: this.who.vms.get(vm)?.vm_id ?? null,
        destroyed,
        inhibits,
      }))
      .filter(({ vm_id }) => filter.vm_id === undefined || vm_id === filter.vm_id)
      .sort((a, b) => (a.vm_id ?? 1e9) - (b.vm_id ?? 1e9) || a.vm - b.vm)
      .map(({ vm, vm_id, destroyed, inhibits }, i) => {
        if (inhibits === null) this.note(`vms[${i}].inhibits`, "no line shows them yet");
        return {
          vm: this.vmLabel(vm),
          vm_id,
          destroyed,
          inhibits: inhibits === null ? null : inhibitNames(inhibits),
        };
      });
  }

  // --- what cannot be seen --------------------------------------------------------------------------

  /** Has the recording any of these probes? An import that is not complete cannot tell. */
  private sees(probes: readonly string[]): boolean {
    return this.who.names.size === 0 || probes.some((name) => this.who.names.has(name));
  }

  private coverage(): void {
    if (!this.sees(["irte_write"]))
      this.note(
        "irtes",
        `no irte_write probe in this recording${this.predicted === null ? "" : ": they are predicted by the rules"}`,
      );
    if (!this.sees(VCPU_PROBES))
      this.note("vcpus", "no probe of vCPU load, put or blocking in this recording");
    if (!this.sees(["kvm_irqfd", "add_producer"]))
      this.note("irqfds", "no kvm_irqfd or add_producer probe in this recording");
  }

  private note(path: string, reason: string): void {
    this.unknown.push({ path, reason });
  }
}

function nameOfKey(key: number): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}

interface NamedVcpu {
  readonly vcpu: VcpuState;
  readonly name: string;
  readonly vm_id: number | null;
  readonly vcpu_id: number;
  readonly vcpu_idx: number | null;
}

/** By avic vm_id (unknown ones last), then vcpu_id. */
function byVmAndId(a: NamedVcpu, b: NamedVcpu): number {
  const vms = (a.vm_id ?? Infinity) - (b.vm_id ?? Infinity);
  return vms || a.vcpu.vm - b.vcpu.vm || a.vcpu_id - b.vcpu_id;
}
