// Loads, puts, blocks and unblocks of vCPUs: each line says something of the one before it.

import { causeCode } from "../../events/causes.js";
import { type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Seq, type VcpuRow } from "../../values/ids.js";
import { type VcpuModel } from "../../model/model.js";
import { decodePhysicalId, type PhysicalIdEntry } from "../irte/physical-id.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

/** What the lines of a vCPU have shown last. */
interface Seen {
  /** The last svm_vcpu_load() or svm_vcpu_put(), and avic_vcpu_blocking() or unblocking. */
  moved: TwinEvent | null;
  blocked: TwinEvent | null;
  /** The last event that prints the physical ID entry. */
  printed: TwinEvent | null;
  /** The last events of the vCPU, in order. */
  readonly recent: Seq[];
}

/** Inside these functions the model is ahead of the physical ID entry that a probe prints. */
const AHEAD = new Set<number>(
  (["vcpu block", "vcpu unblock", "AVIC inhibit", "AVIC un-inhibit"] as const).map(causeCode),
);
/** Kinds of event that print the physical ID entry of a vCPU that there was before. */
const PRINTS = new Set<number>([
  KIND.avic_vcpu_loaded,
  KIND.avic_vcpu_put,
  KIND.vcpu_blocking,
  KIND.vcpu_unblocking,
  KIND.avic_refreshed,
]);
/** Events of a vCPU that are evidence of what is missing between them. */
const RECENT_MAX = 6;
/** APICV_INHIBIT_REASON_ABSENT */
const ABSENT = 2;
const LOADS = new Set<number>([KIND.vcpu_loaded, KIND.avic_vcpu_loaded]);

/** Watches the vCPUs. */
export class VcpuWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly seen = new Map<VcpuRow, Seen>();
  private readonly seesMoves: boolean;
  private readonly seesBlocks: boolean;
  private seesEntries: boolean;
  /** A VM may have come to the address of another one unseen, so that its vCPUs are taken for that one's. */
  private mayBeRenamed: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.mayBeRenamed = !at.sees(PROBE.vm_init) && !at.sees(PROBE.avic_vm_init_ret);
    this.seesMoves = at.seesAll(PROBE.svm_vcpu_load, PROBE.svm_vcpu_put);
    this.seesBlocks = at.seesAll(PROBE.avic_blocking, PROBE.avic_unblocking);
    this.seesEntries =
      this.seesBlocks &&
      at.seesAll(PROBE.avic_vcpu_load, PROBE.avic_vcpu_put) &&
      (at.sees(PROBE.avic_refresh) || at.sees(PROBE.kvm_apicv_inhibit_changed));
  }

  observe(event: TwinEvent): void {
    const { vcpu, kind } = event;
    if (kind === KIND.avic_inhibit_set && !this.at.sees(PROBE.avic_refresh))
      this.noteInhibit(event);
    if (vcpu === null) return;
    const seen = this.of(vcpu);
    if (LOADS.has(kind)) this.testCpu(event);
    if (kind === KIND.vcpu_loaded || kind === KIND.vcpu_put) this.testMove(event, seen);
    else if (kind === KIND.vcpu_blocking || kind === KIND.vcpu_unblocking)
      this.testBlock(event, seen);
    else if (kind === KIND.vcpu_destroyed) this.end(event, seen);
    else if (kind === KIND.vcpu_created)
      Object.assign(seen, { moved: event, printed: event, blocked: event });
    if (PRINTS.has(kind) && event.words === 1) this.testEntry(event, seen);
    seen.recent.push(event.seq);
    if (seen.recent.length > RECENT_MAX) seen.recent.shift();
  }

  forget(): void {
    this.seen.clear();
    this.mayBeRenamed = true;
  }

  /** Without a line of avic_refresh_apicv_exec_ctrl() an inhibit ends loads unseen; a new VM has one from the start. */
  private noteInhibit(event: TwinEvent): void {
    if (payload.reason(event) !== ABSENT) this.seesEntries = false;
  }

  private of(vcpu: VcpuRow): Seen {
    let seen = this.seen.get(vcpu);
    if (seen === undefined) {
      seen = { moved: null, blocked: null, printed: null, recent: [] };
      this.seen.set(vcpu, seen);
    }
    return seen;
  }

  /** C5 */
  private testCpu(event: TwinEvent): void {
    const cpu = payload.cpu(event);
    if (cpu === null || cpu === event.cpu) return;
    this.at.report("C5", event, [event.cause_seq], { root: event.cause_seq ?? event.seq });
  }

  /** C6 */
  private testMove(event: TwinEvent, seen: Seen): void {
    const { moved } = seen;
    seen.moved = event;
    if (moved === null || !this.seesMoves) return;
    const isPut = event.kind === KIND.vcpu_put;
    // A vCPU that was created is on no CPU.
    const isInTurn = isPut === (moved.kind === KIND.vcpu_loaded);
    const isLeft = isPut && isInTurn && moved.cpu !== event.cpu;
    if (!isInTurn || isLeft) this.report("C6", event, moved, seen);
  }

  /** C6: it is put before it is freed. */
  private end(event: TwinEvent, seen: Seen): void {
    const { moved } = seen;
    if (this.seesMoves && moved?.kind === KIND.vcpu_loaded) this.report("C6", event, moved, seen);
    this.seen.delete(event.vcpu ?? 0);
  }

  /** The event and `first` contradict each other: what is missing is among the events of the vCPU between them. */
  private report(id: "C4" | "C6" | "C8", event: TwinEvent, first: TwinEvent, seen: Seen): void {
    this.at.report(id, event, [first.seq, ...seen.recent.filter((seq) => seq >= first.seq)]);
  }

  /** C8 */
  private testBlock(event: TwinEvent, seen: Seen): void {
    const { blocked, moved } = seen;
    seen.blocked = event;
    if (!this.seesBlocks) return;
    // A vCPU that was created does not block.
    const wasBlocked = blocked?.kind === KIND.vcpu_blocking;
    if (blocked !== null && wasBlocked === (event.kind === KIND.vcpu_blocking))
      this.report("C8", event, blocked, seen);
    if (this.seesMoves && moved !== null && moved.kind !== KIND.vcpu_loaded)
      this.report("C8", event, moved, seen);
  }

  /** C4 */
  private testEntry(event: TwinEvent, seen: Seen): void {
    const { printed } = seen;
    seen.printed = event;
    if (event.vcpu === null || printed === null) return;
    this.testPage(event, printed, seen);
    if (!this.seesEntries) return;
    if (AHEAD.has(event.cause ?? 0) && event.cause_seq !== null) return;
    const vcpu = this.at.kernel.model.vcpu(event.vcpu);
    if (this.isAsLeft(decodePhysicalId(event.loH, event.loL), vcpu)) return;
    this.report("C4", event, printed, seen);
    // Whether it blocks is told by this entry, if at all.
    vcpu.blocking = null;
  }

  /** C4: a vCPU keeps its backing page for life. */
  private testPage(event: TwinEvent, printed: TwinEvent, seen: Seen): void {
    const vcpu = this.at.kernel.model.vcpu(event.vcpu ?? 0);
    const { backing_page } = decodePhysicalId(event.loH, event.loL);
    if (this.mayBeRenamed || vcpu.page === null || vcpu.page === backing_page) return;
    vcpu.page = null;
    this.report("C4", event, printed, seen);
  }

  /** Is the entry what the functions that were seen have left? Also where that is not known. */
  private isAsLeft(
    { is_running, ga_log_intr, host_apic_id }: PhysicalIdEntry,
    { running, blocking, apic }: VcpuModel,
  ): boolean {
    if (running !== null && running !== is_running) return false;
    if (running === true && apic !== null && apic !== host_apic_id) return false;
    if (!ga_log_intr || !this.at.kernel.rules.logsOnlyBlocking) return true;
    return !is_running && blocking !== false;
  }
}
