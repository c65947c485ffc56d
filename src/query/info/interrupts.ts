// The device interrupts at the end of a recording, and why each is not posted.

import { type Platform } from "../../domain/platform/platform.js";
import { platformOf } from "../../platforms/registry.js";
import { NONE, type IrteState, type TwinState } from "../../domain/fold/state.js";
import { routeKey } from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Described } from "../state/describe.js";
import { type AtDocument, type AtIrte } from "../document/document.js";

/** A device interrupt at the end of a recording: an entry that is not free. null = unknown, or there is none. */
export interface Interrupt {
  readonly irte: string;
  readonly host_irq: number | null;
  readonly gsi: number | null;
  readonly mode: AtIrte["mode"];
  readonly source: AtIrte["source"];
  readonly valid: boolean | null;
  readonly vcpu: string | null;
  /** What the vCPU's name rests on, and the own name of its VM. */
  readonly vcpu_by: string | null;
  readonly vm_name: string | null;
  readonly since_seq: number;
  readonly since_ns: string;
  readonly cause: string | null;
  /** Why it is not posted; null = it is posted, or the reason is not known. */
  readonly why_not_posted: string | null;
}

/** Every entry that is not free at the end, in the order of the document. */
export function interruptsOf(
  { document, state }: Described,
  who: Directory,
  recording: Recording,
): readonly Interrupt[] {
  return document.irtes
    .filter(({ mode }) => mode !== "free")
    .map((irte) => ({
      irte: irte.irte,
      host_irq: irte.host_irq,
      gsi: irte.gsi,
      mode: irte.mode,
      source: irte.source,
      valid: irte.valid,
      vcpu: irte.vcpu,
      vcpu_by: irte.vcpu_by,
      vm_name: irte.vm_name,
      since_seq: irte.since_seq,
      since_ns: irte.since_ns,
      cause: irte.cause,
      why_not_posted:
        irte.mode === "remapped"
          ? whyNotPosted(irte, document, state, who, platformOf(recording))
          : whyStale(irte, state, who, recording),
    }));
}

/** Why a remapped IRTE is not posted, as far as the events show it; null = they do not show it. */
function whyNotPosted(
  irte: AtIrte,
  end: AtDocument,
  state: TwinState,
  who: Directory,
  platform: Platform,
): string | null {
  if (irte.gsi === null)
    return isGsiUnknown(irte, end) ? null : "no irqfd is connected to its host IRQ";
  const irqfd = state.kvm.irqfds.find(
    ({ gsi, host_irq }) => gsi === irte.gsi && host_irq === irte.host_irq,
  );
  if (irqfd === undefined) return null;
  const route = state.kvm.routes.get(routeKey(irqfd.vm, irqfd.gsi));
  if (route?.postable === false) return "its GSI's route cannot be posted";
  const inhibits = state.kvm.vms.get(irqfd.vm)?.inhibits ?? null;
  if (inhibits === null) return null;
  if (inhibits !== 0) return `AVIC is inhibited: ${platform.inhibitNames(inhibits).join(", ")}`;
  if (route === undefined) return "its GSI has no route that the events show";
  const vm = who.vms.get(irqfd.vm)?.vm_id;
  return vm == null ? null : `AVIC is active in vm${vm}, yet the IRTE was not posted`;
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
    const row = who.vcpus.get(vcpu.vcpu);
    const isTarget =
      row?.[target.field] === target.value && who.vms.get(vcpu.vm)?.vm_id === target.vm_id;
    if (isTarget && vcpu.run_state === "freed" && entry.host_irq !== NONE)
      return "still posted, but its vCPU was freed";
  }
  return null;
}

function entryOf({ irte }: AtIrte, { iommu }: TwinState): IrteState | undefined {
  return [...iommu.irtes.values()].find(
    ({ segment, devid, index }) => irteName(segment, devid, index) === irte,
  );
}
