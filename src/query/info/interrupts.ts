// The device interrupts at a moment of a recording, and why each is not posted.

import { platformOf } from "../../platforms/registry.js";
import { NONE, type IrqfdState, type IrteState, type TwinState } from "../../domain/fold/state.js";
import {
  irteKey,
  type IrteName,
  type Seq,
  type TimeText,
  type VcpuName,
} from "../../domain/values/ids.js";
import { parseIrteName } from "../../domain/values/names.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Described } from "../state/describe.js";
import { type AtDocument, type AtIrte } from "../document/document.js";
import { postingSince } from "./posting-since.js";
import { whyNotPosted, type Ground } from "./why-not-posted.js";

/** A device interrupt at a moment: an entry that is not free. null = unknown, or there is none. */
export interface Interrupt {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** The Linux IRQ number. */
  readonly host_irq: number | null;
  /** The guest's interrupt whose irqfd the host IRQ is connected to. */
  readonly gsi: number | null;
  /** As AtIrte.mode. */
  readonly mode: AtIrte["mode"];
  /** As AtIrte.source. */
  readonly source: AtIrte["source"];
  /** RemapEn: the IOMMU takes the entry. */
  readonly valid: boolean | null;
  /** Of the irqfd that is connected to it, or of the GA tag. */
  readonly vm_id: number | null;
  /** The vCPU that it is for, as `vmN/vcpuM`. */
  readonly vcpu: VcpuName | null;
  /** What the vCPU's name rests on. */
  readonly vcpu_by: AtIrte["vcpu_by"];
  /** The own name of its VM. */
  readonly vm_name: string | null;
  /**
   * The event since which it is posted; else the one that ended its posting, or, if it was not posted in its present
   * life, the one since which it has its mode.
   */
  readonly since_seq: Seq;
  /** The time of that event, in the recording's clock unit. */
  readonly since_ns: TimeText;
  /** The cause of that event (CAUSES). */
  readonly cause: AtIrte["cause"];
  /** Why it is not posted; null = it is posted, or the reason is not known. */
  readonly why_not_posted: string | null;
}

/** What the interrupts of a moment are told from. */
export interface InterruptGround extends Omit<Ground, "state"> {
  /** The document of the moment, and its state. */
  readonly described: Described;
}

/** Every entry that is not free at the moment, in the order of the document; of one VM where it is named. */
export function interruptsOf(ground: InterruptGround, vm_id?: number): readonly Interrupt[] {
  return ground.described.document.irtes
    .filter(({ mode }) => mode !== "free")
    .map((irte) => interruptOf(ground, irte))
    .filter((each) => vm_id === undefined || each.vm_id === vm_id);
}

function interruptOf(ground: InterruptGround, irte: AtIrte): Interrupt {
  const { sqlite, recording, who, seq, described } = ground;
  const irqfd = irqfdOf(irte, described.state);
  const vm_id = irqfd === undefined ? irte.vm_id : (who.vm(irqfd.vm)?.vm_id ?? null);
  const { since_seq, since_ns, cause } = postingSince(sqlite, recording, irte.irte, seq) ?? irte;
  return {
    irte: irte.irte,
    host_irq: irte.host_irq,
    gsi: irte.gsi,
    mode: irte.mode,
    source: irte.source,
    valid: irte.valid,
    vm_id,
    vcpu: irte.vcpu,
    vcpu_by: irte.vcpu_by,
    vm_name: irte.vm_name,
    since_seq,
    since_ns,
    cause,
    why_not_posted:
      irte.mode === "remapped"
        ? whyRemapped(ground, irte, irqfd)
        : whyStale(irte, described.state, who, recording),
  };
}

function irqfdOf({ gsi, host_irq }: AtIrte, { kvm }: TwinState): IrqfdState | undefined {
  if (gsi === null) return undefined;
  return kvm.irqfds.find((each) => each.gsi === gsi && each.host_irq === host_irq);
}

/** Why a remapped IRTE is not posted, as far as the events show it; null = they do not show it. */
function whyRemapped(
  ground: InterruptGround,
  irte: AtIrte,
  irqfd: IrqfdState | undefined,
): string | null {
  const { document, state } = ground.described;
  if (irte.gsi === null)
    return isGsiUnknown(irte, document) ? null : "no irqfd is connected to its host IRQ";
  const ref = parseIrteName(irte.irte);
  if (irqfd === undefined || ref === null) return null;
  const key = irteKey(ref.segment, ref.devid, ref.index);
  return whyNotPosted({ ...ground, state }, key, irqfd);
}

/** Is a GSI that the document gives as null one that is not known? */
function isGsiUnknown(irte: AtIrte, end: AtDocument): boolean {
  return end.unknown.some(
    ({ path }) => path.endsWith(".gsi") && end.irtes[Number(/\d+/.exec(path)?.[0])] === irte,
  );
}

/** What is wrong with an IRTE that is posted though its vCPU is gone; null = nothing is. */
function whyStale(
  irte: AtIrte,
  state: TwinState,
  who: Directory,
  recording: Recording,
): string | null {
  const entry = entryOf(irte, state);
  if (entry?.bits == null || recording.rules === null) return null;
  const target = platformOf(recording).targetOf(entry.bits, recording.rules);
  if (target === null) return null;
  for (const vcpu of state.kvm.vcpus.values()) {
    const row = who.vcpu(vcpu.vcpu);
    const isTarget =
      row?.[target.field] === target.value && who.vm(vcpu.vm)?.vm_id === target.vm_id;
    if (isTarget && vcpu.run_state === "freed" && entry.host_irq !== NONE)
      return "still posted, but its vCPU was freed";
  }
  return null;
}

function entryOf({ irte }: AtIrte, { iommu }: TwinState): IrteState | undefined {
  const ref = parseIrteName(irte);
  return ref === null ? undefined : iommu.irtes.get(irteKey(ref.segment, ref.devid, ref.index));
}
