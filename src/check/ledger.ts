// What was decided: the counts of writes by verdict, and the findings, of which one fault is one.

import { type IrteBits, type Predicted } from "../domain/values/bits.js";
import { type TwinEvent, bitsOf } from "../domain/events/event.js";
import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { evidence } from "../domain/platform/invariant.js";
import { type Call, type Step } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import { placeOf } from "./matcher.js";

/** What is decided about a write. */
export type WriteDecision = "explained" | "mismatched" | "unexpected" | "unknown" | "undefined";

/** One difference between the rules and the recording. */
export interface WriteFinding {
  /** A kind of finding about a write, as Finding.kind says. */
  readonly kind: "mismatch" | "unexpected" | "missing";
  /** The transition rule; null = none. */
  readonly rule: string | null;
  /** The write; of a missing one the event by which it was to be there. */
  readonly seq: Seq;
  /** The IRTE (irteKey()). */
  readonly key: IrteKey;
  /** The row number of the vCPU that the write is for; null = none, or not known. */
  readonly vcpu: VcpuRow | null;
  /** The entry that the rules demand a write of where this one came. */
  readonly instead_of?: IrteKey | undefined;
  /** How many writes of one function it stands for. */
  readonly times?: number | undefined;
  /** The difference between releases that makes it one; null = none in particular. */
  readonly row?: string | null | undefined;
  /** The bits that the rules demand, as far as they are known; null = no write is demanded. */
  readonly expected: Predicted | null;
  /** The bits that were written; null = nothing was. */
  readonly observed: IrteBits | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: Seq | null;
  /** The events that prove it, in order. */
  readonly evidence: readonly Seq[];
}

/** What was decided about the writes of a recording. */
export interface WriteCounts {
  /** How many writes the recording has: the sum of explained, mismatched, unexpected, unknown and undefined. */
  observed: number;
  /** Writes that the rules demand, with the bits that they demand. */
  explained: number;
  /** Writes that the rules explain, with other bits. */
  mismatched: number;
  /** Writes that no rule explains. */
  unexpected: number;
  /** Writes that the rules demand and the recording has not; not among the observed ones. */
  missing: number;
  /** Writes that could not be decided: a gap, an unobserved start, or a probe that was not set. */
  unknown: number;
  /** Writes after the kernel itself used freed memory: the rules say nothing of them. */
  undefined: number;
}

/** Hears of each write's verdict, and the rule that it was judged by. A later verdict replaces an earlier. */
export type OnVerdict = (event: TwinEvent, verdict: WriteDecision, rule: string | null) => void;

/** The counts before the first write. */
export function noWrites(): WriteCounts {
  const none = { mismatched: 0, unexpected: 0, missing: 0, unknown: 0, undefined: 0 };
  return { observed: 0, explained: 0, ...none };
}

/** Counts verdicts, and keeps the findings about writes. */
export class Ledger {
  /** The counts so far. */
  readonly counts: WriteCounts = noWrites();
  /** The findings about writes so far. */
  readonly findings: WriteFinding[] = [];
  /** The writes that each finding is about, in the order of the findings. */
  private readonly writes: TwinEvent[][] = [];
  /** The place of the last finding at each event. */
  private readonly placeOf = new Map<Seq, number>();
  private readonly onVerdict: OnVerdict | undefined;

  /** `onVerdict` is told each verdict as it is decided. Absent = nobody is. */
  constructor(onVerdict?: OnVerdict) {
    this.onVerdict = onVerdict;
  }

  /** The same as it is now, to take findings back from. `onVerdict` is told what is decided about their writes. */
  copy(onVerdict: OnVerdict): Ledger {
    const copy = new Ledger(onVerdict);
    Object.assign(copy.counts, this.counts);
    for (const [at, finding] of this.findings.entries())
      copy.keep(finding, ...(this.writes[at] ?? []));
    return copy;
  }

  /** Notes the verdict about a write. */
  decide(event: TwinEvent, verdict: WriteDecision, rule: string | null): void {
    this.counts[verdict]++;
    this.onVerdict?.(event, verdict, rule);
  }

  /** A write that was explained came before its turn: it is unexpected there. */
  withdraw(event: TwinEvent, irte: IrteModel, rule: string, vcpu: VcpuRow): void {
    this.counts.explained--;
    this.decide(event, "unexpected", rule);
    this.keep(unexpected(event, irte, vcpu), event);
  }

  private keep(finding: WriteFinding, ...writes: TwinEvent[]): void {
    this.placeOf.set(finding.seq, this.findings.length);
    this.findings.push(finding);
    this.writes.push(writes);
  }

  /** Takes back findings that are explained otherwise: what they are about is unknown. */
  dismiss(isExplained: (finding: WriteFinding) => boolean): void {
    const found = this.findings.map((finding, at) => [finding, this.writes[at] ?? []] as const);
    const dismissed = new Set<WriteFinding>();
    for (const [finding, writes] of found.reverse()) {
      if (!isExplained(finding)) continue;
      dismissed.add(finding);
      const was = finding.kind === "mismatch" ? "mismatched" : "unexpected";
      if (finding.kind === "missing" || finding.instead_of !== undefined) this.counts.missing--;
      for (const event of writes) {
        this.counts[was]--;
        this.decide(event, "unknown", null);
      }
    }
    const kept = found.reverse().filter(([finding]) => !dismissed.has(finding));
    this.findings.length = 0;
    this.writes.length = 0;
    this.placeOf.clear();
    for (const [finding, writes] of kept) this.keep(finding, ...writes);
  }

  /** A write that the rules explain, with other bits. */
  mismatch(
    event: TwinEvent,
    irte: IrteModel,
    expected: Predicted,
    by: {
      /** The step of the function that makes the write. */
      readonly step: Step;
      /** The function under way. */
      readonly call: Call;
      /** The events from which the demanded bits follow; null = one that is not known. */
      readonly inputs: readonly (Seq | null)[];
    },
  ): void {
    const { step, call, inputs } = by;
    const finding = {
      kind: "mismatch",
      rule: step.rule,
      seq: event.seq,
      key: irte.key,
      vcpu: step.type === "walk" ? step.vcpu.vcpu : event.vcpu,
      expected,
      observed: bitsOf(event),
      cause_seq: call.root,
      evidence: evidence(...inputs, event.seq),
    } as const;
    this.keep(finding, event);
  }

  /** A write that the rules demand, and that is not there. */
  missing(
    irte: IrteModel,
    expected: Predicted,
    by: {
      /** The step of the function that should have made the write. */
      readonly step: Step;
      /** The function that owes it. */
      readonly call: Call;
      /** The events from which the demand follows; null = one that is not known. */
      readonly inputs: readonly (Seq | null)[];
    },
  ): void {
    const { step, call, inputs } = by;
    this.counts.missing++;
    if (this.isInstead(call, irte, step, expected)) return;
    const seq = placeOf(step, irte);
    this.keep({
      kind: "missing",
      rule: step.rule,
      row: step.type === "single" ? step.row : null,
      seq,
      key: irte.key,
      vcpu: step.type === "walk" ? step.vcpu.vcpu : call.target,
      expected,
      observed: null,
      cause_seq: call.root,
      evidence: evidence(...inputs, seq, call.last),
    });
  }

  /** The function wrote another entry in its place: one finding, not two. */
  private isInstead(call: Call, irte: IrteModel, step: Step, expected: Predicted): boolean {
    const at = this.strayOf(call);
    const finding = this.findings[at];
    if (finding === undefined || finding.instead_of !== undefined) return false;
    this.findings[at] = {
      ...finding,
      rule: step.rule,
      instead_of: irte.key,
      expected,
      evidence: evidence(...finding.evidence, irte.lastWrite),
    };
    return true;
  }

  /** A write that no rule explains. What the same function writes besides is counted with it. */
  stray(event: TwinEvent, irte: IrteModel, call: Call | null): void {
    const at = call === null ? -1 : this.strayOf(call);
    const first = this.findings[at];
    if (first === undefined) {
      const row = call?.spared?.get(irte.key) ?? null;
      this.keep({ ...unexpected(event, irte, call?.target ?? call?.vcpu ?? null), row }, event);
      if (call !== null) call.stray = event.seq;
      return;
    }
    const proof = evidence(...first.evidence, event.seq);
    this.writes[at]?.push(event);
    this.findings[at] = { ...first, times: (first.times ?? 1) + 1, evidence: proof };
  }

  private strayOf({ stray }: Call): number {
    return stray === null ? -1 : (this.placeOf.get(stray) ?? -1);
  }
}

function unexpected(event: TwinEvent, irte: IrteModel, vcpu: VcpuRow | null): WriteFinding {
  return {
    kind: "unexpected",
    rule: null,
    seq: event.seq,
    key: irte.key,
    vcpu,
    expected: null,
    observed: bitsOf(event),
    cause_seq: event.cause_seq,
    evidence: evidence(irte.lastWrite, event.cause_seq, event.seq),
  };
}
