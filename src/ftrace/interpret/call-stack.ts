// Which kernel function is running on a task, so that an IRTE write can name its cause. Entry probes
// push a frame; a return probe, where there is one, pops it; where there is none, the next function
// that cannot run inside the top frame ends it.

import { causeCode, type Cause } from "../../domain/events/causes.js";

/** The functions that act, by what they do. */
export type FrameKind =
  | "svm_vcpu_load"
  | "svm_vcpu_put"
  | "avic_vcpu_load"
  | "avic_vcpu_put"
  | "avic_vcpu_blocking"
  | "avic_vcpu_unblocking"
  | "refresh_inhibit"
  | "refresh_uninhibit"
  | "kvm_set_irq_routing"
  | "update_irqfd_routing"
  | "add_producer"
  | "del_producer"
  | "avic_pi_update_irte"
  | "irq_remapping_activate"
  | "irq_remapping_deactivate"
  | "irte_set_affinity";

interface FrameRule {
  /** The cause that the function stands for when it is the outermost one; null = none by itself. */
  readonly cause: Cause | null;
  /** The functions that call it, before the series and since. A caller not listed is over. */
  readonly callers: Readonly<Record<"before" | "after", readonly FrameKind[]>>;
  /** A caller calls it at most once per run. */
  readonly once: boolean;
}

const LOADERS_AFTER = ["svm_vcpu_load", "avic_vcpu_unblocking"] as const;

const FRAME_RULES: Readonly<Record<FrameKind, FrameRule>> = {
  svm_vcpu_load: outermost("vcpu load"),
  svm_vcpu_put: outermost("vcpu put"),
  avic_vcpu_blocking: outermost("vcpu block"),
  avic_vcpu_unblocking: outermost("vcpu unblock"),
  refresh_inhibit: outermost("AVIC inhibit"),
  refresh_uninhibit: outermost("AVIC un-inhibit"),
  kvm_set_irq_routing: outermost("routing change"),
  add_producer: outermost("producer added"),
  del_producer: outermost("producer removed"),
  irq_remapping_activate: outermost("activate"),
  irq_remapping_deactivate: outermost("deactivate"),
  // Since the series a block and a toggle call __avic_vcpu_put and __avic_vcpu_load instead.
  avic_vcpu_load: {
    cause: "vcpu load",
    callers: { before: [...LOADERS_AFTER, "refresh_uninhibit"], after: LOADERS_AFTER },
    once: true,
  },
  avic_vcpu_put: {
    cause: "vcpu put",
    callers: {
      before: ["svm_vcpu_put", "avic_vcpu_blocking", "refresh_inhibit"],
      after: ["svm_vcpu_put"],
    },
    once: true,
  },
  update_irqfd_routing: nested("routing change", ["kvm_set_irq_routing"], false),
  avic_pi_update_irte: nested(
    null,
    ["update_irqfd_routing", "kvm_set_irq_routing", "add_producer", "del_producer"],
    false,
  ),
  // amd_ir_update_irte() of an activation; by itself it is a change of the host's affinity.
  irte_set_affinity: nested("host affinity", ["irq_remapping_activate"], true),
};

function outermost(cause: Cause): FrameRule {
  return { cause, callers: { before: [], after: [] }, once: true };
}

function nested(cause: Cause | null, callers: readonly FrameKind[], once: boolean): FrameRule {
  return { cause, callers: { before: callers, after: callers }, once };
}

interface Frame {
  readonly kind: FrameKind;
  readonly seq: number;
  /** What it acts on (irteKey), where two calls of one task must not be confused. */
  readonly subject: number;
  calls: number;
}

const CAUSE_CODE: Readonly<Record<FrameKind, number | null>> = Object.fromEntries(
  Object.entries(FRAME_RULES).map(([kind, { cause }]) => [
    kind,
    cause === null ? null : causeCode(cause),
  ]),
) as Record<FrameKind, number | null>;

/** The call stack of one task, as far as the probes show it. */
export class CallStack {
  private readonly frames: Frame[] = [];

  /** Code and event of the outermost function that runs; null where none does. */
  get cause(): number | null {
    const [root] = this.frames;
    return root === undefined ? null : CAUSE_CODE[root.kind];
  }

  get causeSeq(): number | null {
    return this.frames[0]?.seq ?? null;
  }

  /** Is a call of this function under way? */
  isIn(kind: FrameKind): boolean {
    return this.frames.some((frame) => frame.kind === kind);
  }

  /** Ends what cannot call `kind`, so that `cause` is that of the call about to be entered. */
  prepare(kind: FrameKind, series: "before" | "after", subject = 0): void {
    const { callers, once } = FRAME_RULES[kind];
    for (let top = this.frames.at(-1); top !== undefined; top = this.frames.at(-1)) {
      const calls =
        callers[series].includes(top.kind) &&
        !(once && top.calls > 0) &&
        (top.subject === 0 || subject === 0 || top.subject === subject);
      if (calls) return;
      this.frames.pop();
    }
  }

  /** Enters a function that `prepare` made room for; `seq` is the event of its entry. */
  enter(kind: FrameKind, seq: number, subject = 0): void {
    const caller = this.frames.at(-1);
    if (caller !== undefined) caller.calls++;
    this.frames.push({ kind, seq, subject, calls: 0 });
  }

  /** A return probe fired: the function and all that it called are over. */
  leave(kind: FrameKind): void {
    const at = this.frames.findLastIndex((frame) => frame.kind === kind);
    if (at >= 0) this.frames.length = at;
  }

  clear(): void {
    this.frames.length = 0;
  }
}
