// The IRTEs of a document of `at`: their fields, and what each is connected to.

import { type VcpuBasis } from "../../source/rows.js";
import { stampText } from "../../base/stamp.js";
import { hex64 } from "../../base/words.js";
import { causeName } from "../../domain/events/causes.js";
import { type IrteBits, exactly } from "../../domain/values/bits.js";
import { NONE, type IrteState } from "../../domain/fold/state.js";
import { irteKey } from "../../domain/values/ids.js";
import { irteName, vcpuName } from "../../domain/values/names.js";
import { LOST, type DescribeContext } from "./context.js";
import { type AtFilter, type AtIrte } from "../document/document.js";
import { observedFields, type ToldIrte } from "./irte-fields.js";
import { entriesOf, predictedIrte } from "./predicted.js";

const GSIS = "GSI of a host IRQ";

/** A field of an IRTE that is not known, and the reason. */
type UnknownField = [field: string, reason: string];

/**
 * The IRTEs that a filter lets through, by segment, device and index. None where the filter asks for a vCPU
 * alone. Values that are not known are noted in the context.
 */
export function describeIrtes(context: DescribeContext, filter: AtFilter): AtIrte[] {
  if (filter.vcpu !== undefined && filter.irte === undefined) return [];
  const described: AtIrte[] = [];
  const sorted = entriesOf(context.state.iommu, context.predicted).sort(
    (a, b) => a.segment - b.segment || a.devid - b.devid || a.index - b.index,
  );
  for (const entry of sorted) {
    const name = irteName(entry.segment, entry.devid, entry.index);
    if (filter.irte !== undefined && filter.irte !== name) continue;
    const unknown: UnknownField[] = [];
    const irte = describeIrte(context, entry, name, unknown);
    if (filter.vm_id !== undefined && irte.vm_id !== filter.vm_id) continue;
    for (const [field, reason] of unknown)
      context.note(`irtes[${described.length}].${field}`, reason);
    described.push(irte);
  }
  return described;
}

function describeIrte(
  context: DescribeContext,
  entry: IrteState,
  name: string,
  unknown: UnknownField[],
): AtIrte {
  const told =
    context.predicted === null
      ? observedIrte(context, entry, unknown)
      : predictedIrte(context.platform, context.predicted, entry, unknown);
  const target = told.tagged === null ? null : targetOf(context, told.tagged, unknown);
  const host_irq = hostIrqOf(context, entry, unknown);
  const gsi = gsiOf(context, entry, unknown);
  return {
    irte: name,
    devid: entry.devid,
    index: entry.index,
    ...told.fields,
    vm_id: target?.vm_id ?? null,
    vm_name: target === null ? null : context.who.vmNameOf(target.vm_id),
    vcpu: target?.vcpu ?? null,
    vcpu_by: target?.vcpu_by ?? null,
    host_irq,
    gsi,
    ...fateOf(context, entry, unknown),
    ...told.origin,
  };
}

function observedIrte(
  context: DescribeContext,
  entry: IrteState,
  unknown: UnknownField[],
): ToldIrte {
  const { bits, shadow, since } = entry;
  if (bits === null) {
    const reason = wasForgotten(context, entry) ? LOST : whyNoBits(context);
    for (const field of ["lo", "hi"]) unknown.push([field, reason]);
  } else if (entry.cause === null) {
    const isAnchored = context.anchors.has(since.seq);
    const reason = isAnchored
      ? "a dump of the table shows the entry, and not who wrote it"
      : "no probe shows which function wrote it";
    unknown.push(["cause", reason]);
  }
  return {
    tagged: bits,
    fields: observedFields(context.platform, bits),
    origin: {
      ...(shadow === null
        ? {}
        : { shadow: { lo: hex64(shadow.loH, shadow.loL), hi: hex64(shadow.hiH, shadow.hiL) } }),
      source: context.anchors.has(since.seq) ? "anchor" : "observed",
      since_seq: since.seq,
      since_ns: stampText(since.billions, since.rest),
      cause: causeName(entry.cause),
    },
  };
}

function whyNoBits(context: DescribeContext): string {
  return context.whyUnfollowed("entry", "life of an entry") ?? "its bits were not observed yet";
}

/** Are an entry's bits unknown because events were lost? Then the answer depends on the gap. */
function wasForgotten(context: DescribeContext, entry: IrteState): boolean {
  const isForgotten = context.hasLost && !entry.born;
  if (isForgotten) context.markInconclusive();
  return isForgotten;
}

/** The vCPU that a posted entry names, and what that rests on. */
interface Target {
  readonly vm_id: number;
  readonly vcpu: string | null;
  readonly vcpu_by: VcpuBasis | null;
}

/** The vCPU that a posted entry's GA tag names. */
function targetOf(
  { platform, rules, who }: DescribeContext,
  bits: IrteBits,
  unknown: UnknownField[],
): Target | null {
  if (platform.describe(exactly(bits)).mode !== "posted") return null;
  if (rules === null) {
    unknown.push([
      "vm_id",
      "the GA tag cannot be read without a rules profile: import with `rules`",
    ]);
    return null;
  }
  const target = platform.targetOf(bits, rules);
  if (target === null) return null;
  const { vm_id, field, value } = target;
  if (field === "vcpu_id") return { vm_id, vcpu: vcpuName(vm_id, value), vcpu_by: "ga_tag" };
  const found = who.vcpuByIdx(vm_id, value);
  if (found !== null)
    return { vm_id, vcpu: vcpuName(vm_id, found.vcpu_id), vcpu_by: found.vcpu_idx_by };
  unknown.push([
    "vcpu",
    `the GA tag holds vcpu_idx ${value}: the creation of that vCPU was not observed, and no line of its loads and puts proves which it is`,
  ]);
  return { vm_id, vcpu: null, vcpu_by: null };
}

const UNSEEN_FUNCTION =
  "a function may be at work that began before the recording, or where events were lost";

/** A recording that an older version imported, or that is being imported, has no fates. */
function fateOf(
  context: DescribeContext,
  { segment, devid, index }: IrteState,
  unknown: UnknownField[],
): Pick<AtIrte, "fate" | "path" | "in_flight"> {
  const told = context.fates.get(irteKey(segment, devid, index));
  if (told === undefined) {
    const reason = "no fate is stored of it at this moment";
    unknown.push(["fate", reason], ["path", reason], ["in_flight", reason]);
    return { fate: "unknown", path: null, in_flight: null };
  }
  const { fate, path, in_flight, reason } = told;
  const isUnknown = fate === "unknown";
  if (isUnknown) unknown.push(["fate", reason]);
  if (isUnknown && path === null) unknown.push(["path", reason]);
  if (in_flight === null) unknown.push(["in_flight", UNSEEN_FUNCTION]);
  if (in_flight !== false || !isUnknown) return { fate, path, in_flight };
  // That no function is seen at work there says nothing.
  unknown.push(["in_flight", reason]);
  return { fate, path, in_flight: null };
}

function hostIrqOf(
  context: DescribeContext,
  { host_irq }: IrteState,
  unknown: UnknownField[],
): number | null {
  if (host_irq === null) {
    const reason = context.shows("host IRQ of an IRTE")
      ? (context.whyUnfollowed("life of an entry") ?? "not observed yet")
      : "no probe of this recording shows it";
    unknown.push(["host_irq", reason]);
    return null;
  }
  return host_irq === NONE ? null : host_irq;
}

function gsiOf(
  context: DescribeContext,
  { host_irq, born }: IrteState,
  unknown: UnknownField[],
): number | null {
  const irqfd = context.state.kvm.irqfds.find(
    (each) => host_irq !== null && host_irq !== NONE && each.host_irq === host_irq,
  );
  if (irqfd !== undefined) return irqfd.gsi;
  if (host_irq === NONE) return null;
  const unfollowed = context.whyUnfollowed("connections");
  if (!context.shows(GSIS))
    unknown.push(["gsi", `no ${context.probesShowing(GSIS)} probe in this recording`]);
  else if (unfollowed !== null) unknown.push(["gsi", unfollowed]);
  else if (!born || host_irq === null)
    unknown.push(["gsi", "it may have been connected before it was first observed"]);
  return null;
}
