// The tests of the invariants of AMD hosts, one function each; invariants.ts says what they mean and where
// they hold. Three-valued: null = not known; undefined = the invariant says nothing here.

import { sameBits, type IrteBits } from "../../values/bits.js";
import { causeCode } from "../../events/causes.js";
import { bitsOf, irteKeyOf, type TwinEvent } from "../../events/event.js";
import { type Seq } from "../../values/ids.js";
import {
  evidence,
  proofOf,
  type AtRest,
  type AtWrite,
  type EventTest,
  type Observation,
  type Truth,
} from "../../platform/invariant.js";
import { ROUTING_MSI } from "../../model/irqfds.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { decodeGaTag } from "../irte/ga-tag.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
import { decodePhysicalId } from "../irte/physical-id.js";

type At = AtRest<AmdKernel>;
type Result = Truth | undefined;

/** Destinations are below this while an entry is posted: AVIC's physical APIC IDs have 12 bits. */
const POSTED_DESTINATIONS = 0x1000;
/** AVIC_GATAG: bits of the whole tag. */
const TAG_BITS = 32;

const HOST_AFFINITY = causeCode("host affinity");
const VALID_CAUSES = new Set(
  (["activate", "deactivate", "allocate", "free"] as const).map(causeCode),
);
/** Inside these functions the model is ahead of the physical ID entry that a probe prints. */
const AHEAD = new Set<number>(
  (["vcpu block", "vcpu unblock", "AVIC inhibit", "AVIC un-inhibit"] as const).map(causeCode),
);

/** What a list holds after its element was freed is undefined: nothing is said of it. */
function isSound({ irte, holder }: At): boolean {
  return holder?.corrupt !== true && !irte.dangling;
}

function isPosted(at: At): boolean {
  return isSound(at) && isGuestMode(at.shadow);
}

/** Is it on a list? */
function isLinked({ kernel, irte }: At): Truth {
  const isUnlinked = kernel.model.isUnlinked(irte);
  return isUnlinked === null ? null : !isUnlinked;
}

// --- an entry at rest ----------------------------------------------------------------------------

/** I1 */
export function isOnOneList(at: At): Result {
  if (!isPosted(at) || !IRTE.valid.isSet(at.shadow)) return undefined;
  return isLinked(at);
}

/** I2 */
export function tagNamesHolder(at: At): Result {
  const { kernel, shadow, holder } = at;
  if (!isPosted(at) || holder === null) return undefined;
  const named = kernel.tagOf(holder.vcpu);
  const { vm_id, vcpu } = decodeGaTag(IRTE.ga_tag.read(shadow), kernel.rules);
  return named === null ? null : vm_id === named.vm_id && vcpu === named.vcpu;
}

/** I3 */
export function pointsToHolder(at: At): Result {
  const { kernel, irte, shadow, holder } = at;
  if (!isPosted(at) || holder === null) return undefined;
  if (holder.page === null) return null;
  const vector = kernel.routeOf(irte)?.vector ?? null;
  const isPage = IRTE.ga_root_ptr.read(shadow) === holder.page;
  return isPage && (vector === null || vector === IRTE.vector.read(shadow));
}

/** I4 */
export function runsWhereItSays(at: At): Result {
  const { shadow, holder } = at;
  if (!isPosted(at) || holder === null || !IRTE.is_run.isSet(shadow)) return undefined;
  const { running, apic } = holder;
  if (running === null) return null;
  return running && (apic === null || apic === IRTE.destination.read(shadow));
}

/** I5 */
export function saysThatItRuns(at: At): Result {
  if (!isPosted(at) || at.holder?.running !== true) return undefined;
  return IRTE.is_run.isSet(at.shadow);
}

/** I6 */
export function logsIfBlocking(at: At): Result {
  const { kernel, shadow, holder } = at;
  if (!isPosted(at) || holder === null || !kernel.rules.logsOnlyBlocking) return undefined;
  const log = IRTE.ga_log_intr.isSet(shadow);
  if (holder.running === true) return !log;
  return holder.blocking === null ? null : log === holder.blocking;
}

/** I26. A doorbell wakes no vCPU that blocks: what the table of fates calls a lost wake-up (../fate). */
export function wakesIfBlocking(at: At): Result {
  const { shadow, holder } = at;
  if (!isPosted(at) || holder === null || holder.running === true || holder.blocking === false)
    return undefined;
  const wakes = IRTE.ga_log_intr.isSet(shadow) && !IRTE.is_run.isSet(shadow);
  return wakes || holder.blocking === true ? wakes : null;
}

/** I8 */
export function isRemappedIfInhibited(at: At): Result {
  const { holder } = at;
  if (!isSound(at) || holder?.active !== false || holder.blocking === true) return undefined;
  return !isGuestMode(at.shadow);
}

/** I9 */
export function isPostedIfActive(at: At): Result {
  if (!isSound(at) || at.holder?.active !== true) return undefined;
  return isGuestMode(at.shadow);
}

/** I10 */
export function hasProducer({ irte, holder }: At): Result {
  if (holder === null) return undefined;
  return irte.connection === undefined ? null : irte.connection.removed === null;
}

/** I11 */
export function isLinkedIfWanted(at: At): Result {
  const { kernel, irte } = at;
  if (irte.connection?.removed !== null || irte.dangling || irte.wanted === null) return undefined;
  if (kernel.routeOf(irte)?.type !== ROUTING_MSI) return undefined;
  return irte.wanted ? isLinked(at) : true;
}

/** I12 */
export function isRemappedWithoutMsi({ kernel, irte, shadow, holder }: At): Result {
  if (irte.connection?.removed !== null || irte.dangling) return undefined;
  const type = kernel.routeOf(irte)?.type;
  if (type == null || type === ROUTING_MSI) return undefined;
  return !isValidAndPosted(shadow) && holder === null;
}

/** I13 */
export function isRemappedIfDisconnected({ irte, shadow }: At): Result {
  if (irte.connection?.removed == null) return undefined;
  return !isValidAndPosted(shadow);
}

/** I15 */
export function isAsTheHostWants(at: At): Result {
  const { kernel, irte, shadow } = at;
  if (!isSound(at) || isGuestMode(shadow) || !IRTE.valid.isSet(shadow)) return undefined;
  // The host's own change comes before the write that carries it: not at rest yet.
  if ((kernel.model.cfgSeq(irte) ?? 0) > (irte.lastWrite ?? 0)) return undefined;
  const isClean = [IRTE.ga_tag, IRTE.ga_root_ptr, IRTE.int_type].every(
    ({ isSet }) => !isSet(shadow),
  );
  if (!isClean) return false;
  const { vector, dest_apicid } = kernel.model.hostTarget(irte);
  if (vector === null || dest_apicid === null) return null;
  return vector === IRTE.vector.read(shadow) && dest_apicid === IRTE.destination.read(shadow);
}

function isValidAndPosted(shadow: IrteBits): boolean {
  return isGuestMode(shadow) && IRTE.valid.isSet(shadow);
}

// --- the bits of a posted entry -----------------------------------------------------------------

/** I7 */
export function runsOrLogs(bits: IrteBits): Result {
  return !(IRTE.is_run.isSet(bits) && IRTE.ga_log_intr.isSet(bits));
}

/** I6b */
export function logs(bits: IrteBits): Result {
  return IRTE.ga_log_intr.isSet(bits);
}

/** I20 */
export function hasShortDestination(bits: IrteBits): Result {
  return IRTE.destination.read(bits) < POSTED_DESTINATIONS;
}

/** The test of a posted entry's bits as one of an entry at rest, and of a write alone. */
export function ofPostedBits(test: (bits: IrteBits) => Result): {
  atRest: (at: At) => Result;
  onBits: (bits: IrteBits) => Result;
} {
  return {
    atRest: (at) => (isPosted(at) ? test(at.shadow) : undefined),
    onBits: (bits) => (isGuestMode(bits) ? test(bits) : undefined),
  };
}

// --- writes ------------------------------------------------------------------------------------

/** I18 */
export function keepsValid({ event, before }: AtWrite): Result {
  if (before === null) return null;
  const isKept = IRTE.valid.read(before) === IRTE.valid.read(event);
  return isKept || event.cause === null || VALID_CAUSES.has(event.cause);
}

/** I16: a posted entry is not written by a change of the host's affinity. */
export function isNotMoved({ event }: AtWrite): Result {
  return event.cause === HOST_AFFINITY && isGuestMode(event) ? false : undefined;
}

// --- single events -------------------------------------------------------------------------------

/** I16: at the change of the host's affinity; `isNotMoved` tells if the entry is written after all. */
export const leavesPosted: EventTest<AmdKernel> = (kernel, event) => {
  const shadow = kernel.irteOf(event)?.shadow ?? null;
  if (shadow === null || !isGuestMode(shadow)) return undefined;
  return { truth: true, key: irteKeyOf(event) };
};

/** The events that prove that something does not hold: only then are they looked at. */
function proofIf(truth: Truth, before: Seq | null, { seq }: TwinEvent): readonly Seq[] {
  return truth === false ? evidence(before, seq) : [];
}

/**
 * I6, bug B7: before patch 61 the log is written for a vCPU that is merely preempted or in user space. Since then
 * a vCPU that woke between the device's write and the log's reading is no violation.
 */
export const isLoggedWhileBlocking: EventTest<AmdKernel> = (kernel, event) => {
  if (event.vcpu === null) return undefined;
  const { blocking, lastEvent } = kernel.model.vcpu(event.vcpu);
  if (blocking === false && kernel.rules.logsOnlyBlocking) return undefined;
  return { truth: blocking, vcpu: event.vcpu, evidence: proofIf(blocking, lastEvent, event) };
};

/** I14 */
export const leavesNothing: EventTest<AmdKernel> = (kernel, event) => {
  if (event.vcpu === null) return undefined;
  const { model } = kernel;
  const { page, list, listKnown } = model.vcpu(event.vcpu);
  const posting = [...model.irtes.values()].find(
    ({ shadow }) =>
      shadow !== null && isValidAndPosted(shadow) && IRTE.ga_root_ptr.read(shadow) === page,
  );
  const isLeft = posting !== undefined || list.length > 0;
  const truth = listKnown ? !isLeft : posting === undefined ? null : false;
  const key = posting?.key ?? list[0] ?? null;
  const proof = key === null ? [event.seq] : proofOf(kernel, model.irte(key), event.seq, ["link"]);
  return { truth, key, vcpu: event.vcpu, evidence: proof };
};

/** I21 and I22: the physical ID entry that a probe printed, against what went before. */
export function ofPhysicalId(
  test: (entry: ReturnType<typeof decodePhysicalId>, vcpu: VcpuFacts) => Truth,
): EventTest<AmdKernel> {
  return (kernel, event) => {
    if (event.vcpu === null || event.words !== 1) return undefined;
    if (AHEAD.has(event.cause ?? 0) && event.cause_seq !== null) return undefined;
    const vcpu = kernel.model.vcpu(event.vcpu);
    const truth = test(decodePhysicalId(event.loH, event.loL), vcpu);
    return { truth, vcpu: event.vcpu, evidence: proofIf(truth, vcpu.lastEvent, event) };
  };
}

interface VcpuFacts {
  readonly running: boolean | null;
  readonly blocking: boolean | null;
}

/** I24 */
export const hasIdOfItsOwn: EventTest<AmdKernel> = (kernel, event) => {
  const tag = event.vcpu === null ? null : kernel.tagOf(event.vcpu);
  if (tag === null || event.vm === null) return undefined;
  const owner = kernel.model.liveVmIds.get(tag.vm_id);
  const fits = tag.vm_id >= 1 && tag.vm_id < 2 ** (TAG_BITS - kernel.rules.tagVcpuBits);
  return { truth: fits && (owner === undefined || owner === event.vm), vcpu: event.vcpu };
};

/** I17: the exchange puts into the table what the driver has; where it does not, two lines contradict each other. */
export const isWhatTheDriverHas: EventTest<AmdKernel> = (kernel, event) => {
  const irte = kernel.irteOf(event);
  if (irte === null) return undefined;
  const { shadow, key } = irte;
  return { truth: shadow !== null && sameBits(shadow, bitsOf(event)) ? true : null, key };
};

/** I25 */
export const isConnectedOnce: EventTest<AmdKernel> = (kernel, event) => {
  const irte = kernel.irteOf(event);
  if (irte === null || event.vm === null || event.gsi === null) return undefined;
  return { truth: irte.connection?.removed !== null, key: irte.key } satisfies Observation;
};
