// What is decided about a write, and on what grounds. Three-valued: what the recording cannot tell is unknown,
// and what is past a use after free is undefined.

import { agrees, isComplete, type IrteBits, type Predicted } from "../domain/values/bits.js";
import { type TwinEvent } from "../domain/events/event.js";
import { type Call, type Step } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import { type Platform, type RulesKernel, type Sees } from "../domain/platform/platform.js";
import { type WriteDecision } from "./ledger.js";
import { isLinked, pendingSteps, predictions, raceOf, repetitionOf } from "./matcher.js";

/** A verdict, and the rule that explains the write, where one does. */
export interface Excuse {
  /** What is decided about the write. */
  readonly verdict: WriteDecision;
  /** The transition rule that explains it; null = none. */
  readonly rule: string | null;
}

const UNKNOWN: Excuse = { verdict: "unknown", rule: null };
const UNDEFINED: Excuse = { verdict: "undefined", rule: null };

/** Decides about writes, by the rules of a platform and the probes of a recording. */
export class Judge {
  private readonly platform: Platform;
  private readonly kernel: RulesKernel;
  private readonly profile: string;
  private readonly sees: Sees;
  private readonly seesEveryWriter: boolean;

  /** Judges by the rules of `profile`, and only what the probes of the recording can show (`sees`). */
  constructor(platform: Platform, profile: string, kernel: RulesKernel, sees: Sees) {
    this.platform = platform;
    this.profile = profile;
    this.kernel = kernel;
    this.sees = sees;
    this.seesEveryWriter = platform.shows(sees, "every writer");
  }

  /** A write that fulfils a step. */
  judge(irte: IrteModel, seen: IrteBits, step: Step, call: Call): WriteDecision {
    const verdict = this.undecidable(irte, step) ?? this.compare(irte, seen, step, call);
    const isTold = verdict === "unknown" && this.kernel.followsDump?.(step, irte, seen) === true;
    return isTold ? "explained" : verdict;
  }

  /** Why a write cannot be judged; null = it can. */
  private undecidable(irte: IrteModel, step: Step): WriteDecision | null {
    if (step.type === "walk" && !isLinked(step, irte.key)) {
      this.kernel.model.append(irte.key, step.vcpu);
      return "unknown";
    }
    const isCorrupt = step.type === "walk" && step.vcpu.corrupt;
    return irte.freed || isCorrupt ? "undefined" : null;
  }

  private compare(irte: IrteModel, seen: IrteBits, step: Step, call: Call): WriteDecision {
    if (this.repeatsItsEffect(irte, seen, step, call)) return "explained";
    const all = predictions(step, irte);
    const known = all.filter((each) => each !== "unknown");
    if (known.length === 0 && all.length > 0) return "unknown";
    const right = known.find((each) => agrees(each, seen));
    if (right !== undefined) return isComplete(right) ? "explained" : "unknown";
    if (this.isRaced(irte, seen, step, call)) return "explained";
    if (irte.dangling) return "undefined";
    const canJudge = this.platform.canJudgeRule(this.sees, step.rule, this.profile);
    const isProof = known.length > 0 && canJudge && !known.some((each) => this.isStale(each, seen));
    return isProof ? "mismatched" : "unknown";
  }

  /** An update that the recording has no line of could have posted or remapped the entry before the write. */
  private isStale(expected: Predicted, seen: IrteBits): boolean {
    return isComplete(expected) && this.platform.couldBeStale(this.sees, expected.bits, seen);
  }

  /** Its effect was seen in another CPU's write already; its own write repeats the shadow. */
  private repeatsItsEffect(irte: IrteModel, seen: IrteBits, step: Step, call: Call): boolean {
    if (!irte.early.delete(step)) return false;
    const repetition = repetitionOf(irte, seen, pendingSteps(this.kernel, irte, call));
    if (repetition?.early != null) irte.early.add(repetition.early);
    return repetition !== null;
  }

  private isRaced(irte: IrteModel, seen: IrteBits, step: Step, call: Call): boolean {
    const race = raceOf(this.kernel, call, step, irte, seen);
    if (race?.early != null) irte.early.add(race.early);
    return race !== null;
  }

  /**
   * Why a write that no step of its function demands may be right all the same; null = it is not. `isSettled`:
   * no function of the task can be under way that began where events were lost.
   */
  excuse(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    call: Call | null,
    isSettled: boolean,
  ): Excuse | null {
    if (!isSettled || call?.mayBeInner === true) return UNKNOWN;
    const excuse = this.excuseOf(event, irte, seen, call);
    // Nothing shows that the task is not in a function that began before the recording.
    const beganBefore = call === null && !this.kernel.hasCalled(event.task);
    return excuse ?? (beganBefore ? UNKNOWN : null);
  }

  private excuseOf(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    call: Call | null,
  ): Excuse | null {
    const { freed, dangling } = irte;
    // A dump explains, and accuses nobody.
    const shadow = irte.shadow ?? irte.dumped;
    if (this.isAnothers(irte, call)) return null;
    const isCorrupt = call?.target != null && this.kernel.model.vcpu(call.target).corrupt;
    if (freed || dangling || isCorrupt) return UNDEFINED;
    if (shadow === null) return UNKNOWN;
    // The driver was called for it, so no unseen function wrote it.
    if (call?.spared?.has(irte.key) === true) return irte.shadow === null ? UNKNOWN : null;
    if (!this.platform.couldBeUnseen(this.sees, shadow, seen))
      return irte.shadow === null ? UNKNOWN : null;
    const rule = this.kernel.ruleByBits({ ...irte, shadow }, event.cpu, seen);
    return rule === null ? UNKNOWN : { verdict: "explained", rule };
  }

  /** The function writes one entry only, and it is not this one, whatever state this one is in. */
  isAnothers({ key }: IrteModel, call: Call | null): boolean {
    if (call === null || call.walks || !call.isForOne || call.touched.has(key)) return false;
    return this.seesEveryWriter;
  }
}
