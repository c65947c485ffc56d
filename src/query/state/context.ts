// What a document of `at` is made from, and where each value that is not known is noted.

import { irteName, vcpuName, vmName } from "../../domain/values/names.js";
import { type Platform } from "../../domain/platform/platform.js";
import { platformOf } from "../../platforms/registry.js";
import { irteOfKey, type IrteKey } from "../../domain/values/ids.js";
import { type FactName } from "../../domain/platform/facts.js";
import { type TwinState } from "../../domain/fold/state.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type ToldFate } from "../../timeline/read/fates.js";
import { whyUnfollowed } from "../../timeline/read/unfollowed-by.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Unknown } from "../document/document.js";
import { type StateValue } from "../../domain/platform/state-values.js";
import { type PredictedEntry } from "./predicted.js";
import { type Replaced } from "./replaced.js";

/** The reason that is given for a value that was forgotten because events were lost. */
export const LOST = "events were lost (see v_gap) and it was not observed since";

/** The reason that is given for what a VM had that was destroyed unseen. */
export const REPLACED =
  "another VM has the address of its VM later, so that one was destroyed, and no line shows when";

/** Predicted IRTEs by irteKey(); null = the recording's IRTEs are observed, not predicted. */
export type PredictedIrtes = ReadonlyMap<number, PredictedEntry> | null;

/** What the functions that describe IRTEs, vCPUs, irqfds and VMs read, and what they write. */
export class DescribeContext {
  /** Names for the row numbers in the state. */
  readonly who: Directory;
  /** The state that is described. */
  readonly state: TwinState;
  /** The IRTEs as the rules predict them, where the recording shows none. */
  readonly predicted: PredictedIrtes;
  /** What would become of an interrupt of each entry. */
  readonly fates: ReadonlyMap<IrteKey, ToldFate>;
  /** Events were lost before the moment that is described, or around it. */
  readonly hasLost: boolean;
  /** Why lines of any kind may be missing; null = nothing says that some are. */
  readonly doubt: string | null;
  /** The VMs whose address another one has later. */
  readonly replaced: Replaced;
  /** The events of entries that dumps of the table show. */
  readonly anchors: ReadonlySet<number>;
  /** null = no rules profile is known for the recording. */
  readonly rules: string | null;
  /** The platform of the recording. */
  readonly platform: Platform;
  /** Every value that is not known, in the order of the notes. */
  readonly unknown: Unknown[] = [];
  private readonly recording: Recording;
  private readonly whyUnfollowedBy = new Map<StateValue, string | null>();
  private isDoubtful = false;

  /** `of`: the state that is described, and what is predicted and unknown beside it. */
  constructor(
    recording: Recording,
    who: Directory,
    of: Pick<
      DescribeContext,
      "state" | "predicted" | "fates" | "hasLost" | "doubt" | "replaced" | "anchors"
    >,
  ) {
    this.who = who;
    this.state = of.state;
    this.predicted = of.predicted;
    this.fates = of.fates;
    this.hasLost = of.hasLost;
    this.doubt = of.doubt;
    this.replaced = of.replaced;
    this.anchors = of.anchors;
    this.recording = recording;
    this.rules = recording.rules;
    this.platform = platformOf(recording);
  }

  /** Does the answer depend on events that were lost? */
  get inconclusive(): boolean {
    return this.isDoubtful;
  }

  /** Notes that the value at a path of the document is not known, and why. */
  note(path: string, reason: string): void {
    this.unknown.push({ path, reason });
  }

  /** From here on the answer counts as one that depends on lost events. */
  markInconclusive(): void {
    this.isDoubtful = true;
  }

  /**
   * Do the probes of the recording show the fact? Yes as long as its import is not complete, because the
   * names are stored at the end.
   */
  shows(fact: FactName): boolean {
    const { names } = this.who;
    return names.size === 0 || this.platform.shows((name) => names.has(name), fact);
  }

  /** Why a value is not known; null = each function that changes it would have printed a line. */
  whyUnfollowed(...values: readonly StateValue[]): string | null {
    for (const value of values) {
      const why = this.whyOne(value);
      if (why !== null) return why;
    }
    return null;
  }

  /** Asked for each entity, and the same for all. */
  private whyOne(value: StateValue): string | null {
    const known = this.whyUnfollowedBy.get(value);
    if (known !== undefined) return known;
    const why = whyUnfollowed(this.recording, this.who, value);
    this.whyUnfollowedBy.set(value, why);
    return why;
  }

  /** The names of the probes that show the fact, as a sentence names them. */
  probesShowing(fact: FactName): string {
    return this.platform.probesShowing(fact).join(" or ");
  }

  /** The avic vm_id of a VM's row; null = it was never shown. */
  vmIdOf(vm: number): number | null {
    return this.who.vm(vm)?.vm_id ?? null;
  }

  /** The own name of the VM of that row; null = the header gives none. */
  vmNameOf(vm: number): string | null {
    return this.who.vm(vm)?.name ?? null;
  }

  /** The name of a vCPU's row, `vmN/vcpuM`; with the VM's address if its avic vm_id was never shown. */
  vcpuLabel(vcpu: number): string {
    const row = this.who.vcpu(vcpu);
    if (row === null) return `vcpu row ${vcpu}`;
    const vm = this.who.vm(row.vm);
    return vm?.vm_id == null
      ? `kvm@${vm?.kvm ?? "?"}/vcpu${row.vcpu_id}`
      : vcpuName(vm.vm_id, row.vcpu_id);
  }

  /** The name of a VM's row, `vmN`; with its address if its avic vm_id was never shown. */
  vmLabel(vm: number): string {
    const row = this.who.vm(vm);
    return row?.vm_id == null ? `kvm@${row?.kvm ?? "?"}` : vmName(row.vm_id);
  }
}

/** The name of an IRTE by its irteKey(), `SSSS:BB:DD.F/INDEX`. */
export function irteNameOfKey(key: number): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}
