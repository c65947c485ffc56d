// The IOMMU driver: probes on drivers/iommu/amd/iommu.c and the vector domain, and the host's own
// handling of device interrupts.

import { IRTE_FREE, encodeIrte } from "../../domain/amd/irte/irte.js";
import { PROBE } from "../../domain/amd/probes/probes.js";
import { FRAME, type FrameKind } from "../../domain/amd/probes/frames.js";
import { KIND } from "../../domain/events/kinds.js";
import { setPayload, payload } from "../../domain/events/payload.js";
import { setStored, type EventDraft } from "../../domain/events/stored-event.js";
import { enter, setCause, setCauseInside } from "../interpret/causes.js";
import { type Interpreter, type Outcome, type Readers } from "../interpret/interpreter.js";
import {
  bindIrqs,
  learnFromBits,
  segmentOf,
  setIrq,
  setIrte,
  setWords,
} from "../interpret/subjects.js";
import { FIELD } from "../text/fields.js";
import { addressOf, exchanged } from "./exchanges.js";
import { returned } from "./returned.js";

/** Readers of the IOMMU driver's probes, and of the host's interrupts. */
export const IOMMU_READERS: Readers = {
  [PROBE.irte_write]: (at) => {
    if (!at.require(FIELD.devid, FIELD.index, FIELD.lo, FIELD.hi))
      return at.lacking("devid, index, lo and hi");
    const event = at.event(KIND.irte_written);
    setIrte(at, event);
    setWords(at, event, FIELD.lo, FIELD.hi);
    setCause(at, event);
    learnFromBits(at, event);
    at.task.written = event;
    at.task.writesInInterrupt = at.line.inInterrupt;
    return "event";
  },
  [PROBE.irte_cmpxchg]: (at) => exchanged(at),
  [PROBE.irte_store]: (at) => storedIrte(at),
  [PROBE.ir_alloc]: (at) => {
    at.task.virq = at.number(FIELD.virq);
    at.task.preparedIndex = null;
    return "unused";
  },
  [PROBE.irte_alloc]: (at) => {
    at.task.allocDevid = at.number(FIELD.devid);
    at.task.allocSegment = segmentOf(at, at.task.allocDevid);
    at.task.allocCount = at.number(FIELD.count) ?? 1;
    return "unused";
  },
  [PROBE.irte_alloc_ret]: (at) => {
    const index = at.number(FIELD.index);
    if (index === null) return at.lacking("index");
    const { task } = at;
    // A negative index is an error number: nothing was allocated.
    if (task.allocDevid === null || index < 0) return "unused";
    const event = at.event(KIND.irte_allocated);
    event.segment = task.allocSegment;
    event.devid = task.allocDevid;
    event.irte_index = index;
    event.host_irq = task.virq;
    setPayload.count(event, task.allocCount);
    task.allocDevid = null;
    task.allocIndex = index;
    task.preparedIndex = index;
    bindIrqs(at, task.allocCount, event);
    return "event";
  },
  [PROBE.irte_prepare]: (at) => {
    if (!at.require(FIELD.devid, FIELD.vector, FIELD.dest))
      return at.lacking("devid, vector and dest");
    const event = at.event(KIND.irte_prepared);
    const { task } = at;
    event.devid = at.number(FIELD.devid);
    if (task.preparedIndex !== null) event.irte_index = task.preparedIndex++;
    prepared(at, event);
    return "event";
  },
  [PROBE.irte_free]: (at) => {
    if (!at.require(FIELD.devid, FIELD.index)) return at.lacking("devid and index");
    const event = at.event(KIND.irte_freed);
    setIrte(at, event);
    const { segment, devid, irte_index } = event;
    if (devid !== null && irte_index !== null)
      at.world.freeIrte({ segment: segment ?? 0, devid, index: irte_index });
    return "event";
  },
  [PROBE.ir_activate]: (at) => hostIrq(at, KIND.host_irq_activated, FRAME.ir_activate),
  [PROBE.ir_deactivate]: (at) => hostIrq(at, KIND.host_irq_deactivated, FRAME.ir_deactivate),
  [PROBE.irte_set_affinity]: (at) => {
    if (!at.require(FIELD.devid, FIELD.index)) return at.lacking("devid and index");
    const event = at.event(KIND.host_affinity_set);
    setIrte(at, event);
    setPayload.vector(event, at.number(FIELD.vector));
    setPayload.dest(event, at.number(FIELD.dest));
    enter(at, event, FRAME.irte_set_affinity);
    return "event";
  },
  [PROBE.ir_set_vcpu_affinity]: (at) => setVcpuAffinity(at),
  [PROBE.ir_set_vcpu_affinity_ret]: (at) => returned(at, KIND.vcpu_affinity_set),
  [PROBE.vector_config]: (at) => {
    if (!at.require(FIELD.irq, FIELD.vector)) return at.lacking("irq and vector");
    const event = at.event(KIND.host_vector_assigned);
    setIrq(at, event, at.number(FIELD.irq));
    setPayload.vector(event, at.number(FIELD.vector));
    setPayload.cpu(event, at.number(FIELD.cpu));
    setPayload.apicdest(event, at.number(FIELD.apicdest));
    return "event";
  },
  [PROBE.irq_handler_entry]: (at) => {
    if (!at.require(FIELD.irq)) return at.lacking("irq");
    setIrq(at, at.event(KIND.host_irq_handled), at.number(FIELD.irq));
    return "event";
  },
};

/** A direct store into the table: the address tells the entry. */
function storedIrte(at: Interpreter): Outcome {
  const { fields } = at;
  if (!at.require(FIELD.addr, FIELD.devid, FIELD.lo, FIELD.hi))
    return at.lacking("addr, devid, lo and hi");
  const index = (fields.low(FIELD.addr) & (TABLE_BYTES - 1)) / ENTRY_BYTES;
  const devid = at.number(FIELD.devid);
  if (!isEntryAt(at, devid, index))
    return { rejected: `${PROBE.irte_store}: addr and devid are not of one entry` };
  const event = at.event(KIND.irte_written);
  event.devid = devid;
  event.segment = segmentOf(at, devid);
  event.irte_index = index;
  setWords(at, event, FIELD.lo, FIELD.hi);
  setStored(event);
  setCauseInside(at, event);
  learnFromBits(at, event);
  return "event";
}

/** Can the entry of this device be at the line's address, by what exchanges there have shown? */
function isEntryAt(at: Interpreter, devid: number | null, index: number): boolean {
  const address = addressOf(at);
  const shown = address === null ? undefined : at.world.entryAt(address);
  if (shown === undefined) return Number.isInteger(index);
  return shown.devid === devid && shown.index === index;
}

/** A table has 512 entries; it is an object of a slab cache of its own, and so aligned to its size. */
const TABLE_BYTES = 8192;
const ENTRY_BYTES = 16;

/** The shadow that irte_ga_prepare() makes: zero but for these fields, valid set. */
function prepared(at: Interpreter, event: EventDraft): void {
  const bits = encodeIrte({
    shape: "remapped",
    valid: true,
    no_fault: false,
    rq_eoi: false,
    ga_tag: 0,
    ga_root_ptr: 0n,
    reserved: 0,
    int_type: at.number(FIELD.delivery_mode) ?? 0,
    dm: at.number(FIELD.dest_mode) === 1,
    destination: at.number(FIELD.dest) ?? 0,
    vector: at.number(FIELD.vector) ?? 0,
  });
  Object.assign(event, IRTE_FREE, bits);
  event.words = 2;
  const { virq, allocIndex } = at.task;
  event.host_irq = virq === null ? null : virq + ((event.irte_index ?? allocIndex) - allocIndex);
}

function hostIrq(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  if (!at.require(FIELD.irq, FIELD.devid, FIELD.index)) return at.lacking("irq, devid and index");
  const event = at.event(kind);
  setIrte(at, event);
  event.host_irq = at.number(FIELD.irq);
  bindIrqs(at, 1, event);
  enter(at, event, frame);
  return "event";
}

function setVcpuAffinity(at: Interpreter): Outcome {
  if (!at.require(FIELD.irq, FIELD.devid, FIELD.index)) return at.lacking("irq, devid and index");
  const event = at.event(KIND.vcpu_affinity_set);
  setIrte(at, event);
  event.host_irq = at.number(FIELD.irq);
  bindIrqs(at, 1, event);
  event.vm = at.task.updateVm;
  event.gsi = event.host_irq === at.task.updateIrq ? at.task.updateGsi : null;
  // info = NULL (since the series): not to a vCPU. The other fields are then not readable.
  if (at.number(FIELD.info) !== 0) {
    setPayload.is_guest_mode(event, at.number(FIELD.is_guest_mode));
    setPayload.ga_tag(event, at.number(FIELD.ga_tag));
    setPayload.cpu(event, at.number(FIELD.cpu));
    setPayload.ga_log_intr(event, at.number(FIELD.ga_log_intr));
    setWords(at, event, at.fields.has(FIELD.base) ? FIELD.base : FIELD.vapic_addr);
  }
  const ga_tag = payload.ga_tag(event);
  if (payload.is_guest_mode(event) === 1 && ga_tag !== null && at.rules !== null) {
    if (event.words === 1) at.names.asked(ga_tag, event.loH, event.loL, event.seq);
    const vcpu = at.world.vms.vcpuOfTag(ga_tag, at.rules);
    if (vcpu !== undefined) {
      event.vm = vcpu.vm;
      event.vcpu = vcpu.id;
    }
  }
  setCause(at, event);
  return "event";
}
