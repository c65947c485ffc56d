// Compares what the rules demand with what a recording shows. One pass over the events, in order: a function's
// entry says which writes must follow on its task; each observed write is matched with them (matcher), decided
// (judge) and kept (ledger); what is left when the task goes on is missing.
//
// A function ends, for us, with the next event of its task that is not part of it. Its walk over a list must
// write every element that was linked the whole time; one linked or unlinked meanwhile may be written or not,
// because the events do not order the lock.

import { Debts } from "./debts.js";
import {
  type Consistency,
  type Contradiction,
  type DumpCounts,
} from "../domain/platform/consistency.js";
import { type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { KIND, isOfDump } from "../domain/events/kinds.js";
import {
  type HostFacts,
  type NamesOf,
  type Platform,
  type RulesKernel,
  type Sees,
} from "../domain/platform/platform.js";
import { type Seq } from "../domain/values/ids.js";
import { type Call } from "../domain/model/calls.js";
import { Gaps, type GapSpan } from "./gaps.js";
import { InvariantRunner, type InvariantCount, type Violation } from "./invariant-runner.js";
import { Judge } from "./judge.js";
import { WriteChecker } from "./write-checker.js";
import { Ledger, type OnVerdict, type WriteCounts, type WriteFinding } from "./ledger.js";
import { Pairs, type Pair } from "./pairs.js";
import { Doubts, type Difference } from "./doubts.js";

/** What the checker needs to know of a recording besides its events. */
export interface CheckSubject {
  /** The platform whose tables the recording shows. */
  readonly platform: Platform;
  /** The rules profile to judge by. */
  readonly profile: string;
  /** Which probes have lines in the recording, so what can be judged at all. */
  readonly sees: Sees;
  /** What the recording shows of the host's APICs. */
  readonly host: HostFacts;
  /** Names the VM and the vCPU of a row number, for texts. */
  readonly names: NamesOf;
  /** Where events were lost: nothing is judged there. Default: nowhere. */
  readonly gaps?: readonly GapSpan[];
  /** Is told each verdict about a write as it is decided. Absent = nobody is. */
  readonly onVerdict?: OnVerdict;
  /**
   * Are the rules the recording's own? By others the functions of the kernel call each other in another way, so that
   * its lines are not compared with each other. Default: yes.
   */
  readonly isOwn?: boolean;
}

/** What a checker has found. */
export interface Found {
  /** What was decided about the writes. */
  readonly counts: Readonly<WriteCounts>;
  /** The findings about writes, in the order in which they were found. */
  readonly findings: readonly WriteFinding[];
  /** The counts of the invariants, in the order of their numbers. */
  readonly invariants: readonly InvariantCount[];
  /** What did not hold, in the order in which it began. */
  readonly violations: readonly Violation[];
  /** Lines of the recording that contradict each other. */
  readonly contradictions: readonly Contradiction[];
}

/** Checks one recording, event by event. */
export class Checker {
  /** The invariants with their counts and violations so far. */
  readonly invariants: InvariantRunner;
  /** Lines of the recording that contradict each other; once it is over. */
  contradictions: readonly Contradiction[] = [];
  private readonly kernel: RulesKernel;
  private readonly ledger: Ledger;
  private readonly debts: Debts;
  private readonly gaps: Gaps;
  private readonly writes: WriteChecker;
  private readonly consistency: Consistency | null;
  private readonly pairs = new Pairs((event, pair) => {
    this.process(event, pair);
  });
  private readonly settleOver = (call: Call): void => {
    this.debts.settle(call, true);
  };
  private judged: Seq | null = null;

  /** A checker at the beginning of a recording: it must be given every event, in order. */
  constructor({
    platform,
    profile,
    sees,
    host,
    names,
    gaps = [],
    onVerdict,
    isOwn = true,
  }: CheckSubject) {
    this.kernel = platform.newKernel(profile, host, names);
    this.invariants = new InvariantRunner(platform, profile, this.kernel, sees);
    this.ledger = new Ledger(onVerdict);
    this.gaps = new Gaps(gaps);
    this.consistency = (isOwn ? platform.newConsistency?.(this.kernel, sees) : null) ?? null;
    const judge = new Judge(platform, profile, this.kernel, sees);
    const { kernel, ledger, invariants, consistency } = this;
    this.debts = new Debts({
      platform,
      profile,
      kernel,
      sees,
      ledger,
      invariants,
      consistency,
    });
    const shared = { kernel, judge, ledger, invariants, consistency };
    this.writes = new WriteChecker({ ...shared, debts: this.debts, gaps: this.gaps });
  }

  /** What was decided about the writes so far. */
  get counts(): Readonly<WriteCounts> {
    return this.ledger.counts;
  }

  /** What became of the entries that dumps show; null = the lines are not compared with each other. */
  get dumps(): DumpCounts | null {
    return this.consistency?.dumps ?? null;
  }

  /** The findings about writes, in the order in which they were found. */
  get findings(): readonly WriteFinding[] {
    return this.ledger.findings;
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    this.kernel.returned(returns);
  }

  /** Takes returns of calls whose entries were judged already; null = that of this entry is not known. */
  returnedLate(returnOf: (entry: Seq) => CallReturn | null): void {
    this.kernel.returnedLate(returnOf);
  }

  /** Takes more gaps, all of which begin behind the last event that is judged. */
  lost(gaps: readonly GapSpan[]): void {
    this.gaps.add(gaps);
  }

  /** The last event that is judged: a few more may wait for the exchange of a write. null = none is. */
  get judgedTo(): Seq | null {
    return this.judged;
  }

  /** Takes the next event. */
  step(event: TwinEvent): void {
    // What a user writes into the trace says nothing of the kernel.
    if (event.kind === KIND.marker) return;
    this.pairs.push(event);
  }

  private process(event: TwinEvent, pair: Pair): void {
    this.judged = event.seq;
    if (this.gaps.isEdge(event)) this.forget();
    const isWrite = event.kind === KIND.irte_written;
    if (this.gaps.holds(event)) {
      if (!isWrite) return;
      this.ledger.counts.observed++;
      this.ledger.decide(event, "unknown", null);
      return;
    }
    this.settleEnded(event);
    if (this.consistency?.observe(event) === false) return;
    this.invariants.observe(event);
    if (isWrite) this.writes.observe(event, pair);
    else if (event.kind !== KIND.irte_exchanged) this.kernel.advance(event);
    else if (this.consistency?.exchange(event) === true) this.writes.observeExchange(event);
    // Until its function is over, an entry whose route has just changed is not at rest.
    for (const key of this.kernel.takeRerouted()) this.kernel.callOf(event).touched.add(key);
  }

  /** The recording is over: a function that is still under way may have been cut off. */
  finish(): void {
    this.pairs.end();
    for (const call of this.kernel.calls.values()) this.debts.settle(call, false);
    this.kernel.calls.clear();
    const { ledger, invariants, consistency } = this;
    this.contradictions = withoutDoubted(consistency?.found ?? [], ledger, invariants);
  }

  /** What was found; after `finish` it is all that there is to find. */
  get found(): Found {
    return foundBy(this.ledger, this.invariants, this.contradictions);
  }

  /**
   * What was found up to here, as if the recording ended. The check can go on. `onVerdict` is told which writes are
   * decided otherwise than they were at their turn.
   */
  foundSoFar(onVerdict: OnVerdict): Found {
    const found = this.consistency?.found ?? [];
    if (found.length === 0) return this.found;
    const [ledger, invariants] = [this.ledger.copy(onVerdict), this.invariants.copy()];
    return foundBy(ledger, invariants, withoutDoubted(found, ledger, invariants));
  }

  private forget(): void {
    this.gaps.forgetTasks();
    this.consistency?.forget();
    this.kernel.forget();
  }

  private settleEnded(event: TwinEvent): void {
    if (isOfDump(event.kind)) return;
    const { calls } = this.kernel;
    const was = event.task === null ? undefined : calls.get(event.task);
    this.kernel.settleEnded(event, this.settleOver);
    const isOver = was?.isOutermost === true && !calls.has(event.task ?? -1);
    if (isOver) this.gaps.noteEnded(event.task);
  }
}

/** Takes back what contradictions explain, and returns these with what they explain. */
function withoutDoubted(
  found: readonly Contradiction[],
  ledger: Ledger,
  invariants: InvariantRunner,
): readonly Contradiction[] {
  if (found.length === 0) return found;
  const doubts = new Doubts(found);
  const isExplained = (difference: Difference): boolean => doubts.explains(difference);
  ledger.dismiss(isExplained);
  invariants.dismiss(isExplained);
  return doubts.found;
}

function foundBy(
  { counts, findings }: Ledger,
  invariants: InvariantRunner,
  contradictions: readonly Contradiction[],
): Found {
  return {
    ...{ counts: { ...counts }, findings, contradictions },
    invariants: [...invariants.counts.values()].map((count) => ({ ...count })),
    violations: invariants.violations,
  };
}
