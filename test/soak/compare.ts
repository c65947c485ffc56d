// Compares what irqtwin says of a damaged recording with what it says of the whole one.

import { type AtDocument, type CheckReport, type Timeline } from "../../src/index.js";

/** What a timeline says of the kernel, and of its state at some moments. */
export interface Answers {
  readonly report: CheckReport;
  /** By the moment. */
  readonly at: ReadonlyMap<string, Stated>;
}

/** Values by their paths: a name may be that of a vCPU that is gone and of the one after it. */
type Stated = ReadonlyMap<string, ReadonlySet<string>>;

/** What the timeline answers; moments at which nothing was recorded yet have no answer. */
export function answersOf(timeline: Timeline, moments: readonly string[]): Answers {
  const at = new Map<string, Stated>();
  for (const moment of moments) {
    const document = tryAt(timeline, moment);
    if (document !== null) at.set(moment, statedValues(document));
  }
  return { report: timeline.recording().check(), at };
}

function tryAt(timeline: Timeline, moment: string): AtDocument | null {
  try {
    return timeline.recording().at({ when: `${moment}ns` });
  } catch {
    return null;
  }
}

const IRTE_FIELDS = ["lo", "hi", "mode", "vm_id", "vcpu", "host_irq", "gsi"] as const;
const VCPU_FIELDS = [
  "run_state",
  "pcpu",
  "avic_active",
  "is_running",
  "ga_log_intr",
  "ir_list",
] as const;

/** Every value that the document states, by its path. Unknown ones are left out. */
function statedValues({ irtes, vcpus, vms, irqfds }: AtDocument): Stated {
  const values = new Map<string, Set<string>>();
  const state = (path: string, value: unknown): void => {
    if (value === null || value === undefined || value === "unknown") return;
    const known = values.get(path) ?? new Set();
    values.set(path, known.add(JSON.stringify(value)));
  };
  for (const irte of irtes) {
    for (const f of IRTE_FIELDS) state(`${irte.irte} ${f}`, irte[f]);
    // Where its function ends is told by the lines that come next: a recording that lacks them may say so later.
    if (irte.in_flight === false) state(`${irte.irte} fate`, irte.fate);
    // A later write of the same bits has a cause of its own: where the first is not seen, it is the cause.
    state(`${irte.irte} cause since ${irte.since_ns}`, irte.cause);
  }
  for (const vcpu of vcpus) for (const f of VCPU_FIELDS) state(`${vcpu.vcpu} ${f}`, vcpu[f]);
  for (const vm of vms) state(`vm${vm.vm_id ?? "?"} inhibits`, vm.inhibits);
  for (const { vm_id, gsi, host_irq, irte } of irqfds) {
    state(`vm${vm_id ?? "?"} gsi ${gsi} host_irq`, host_irq);
    state(`vm${vm_id ?? "?"} gsi ${gsi} irte`, irte);
  }
  return values;
}

/** The values that one side states and the other contradicts. A value that the whole does not state is none. */
export function contradicted(damaged: Answers, whole: Answers): readonly string[] {
  return [...damaged.at].flatMap(([moment, values]) => {
    const truth = whole.at.get(moment);
    return [...values].flatMap(([path, stated]) => {
      const right = truth?.get(path);
      const wrong = [...stated].filter((value) => right?.has(value) === false);
      return wrong.map(
        (value) => `${moment} ${path}: ${value}, whole: ${[...(right ?? [])].join(" or ")}`,
      );
    });
  });
}

/** The findings about the kernel that the whole recording does not have. */
export function falseFindings(damaged: Answers, whole: Answers): readonly string[] {
  const nameOf = ({ kind, rule, invariant, time_ns, irte, vcpu }: Finding): string =>
    [kind, invariant ?? rule, time_ns, irte, vcpu].join(" ");
  const known = new Set(whole.report.findings.map(nameOf));
  const bugs = new Set(whole.report.findings.flatMap(({ invariant }) => invariant ?? []));
  return damaged.report.findings
    .filter((each) => isOfKernel(each) && !known.has(nameOf(each)))
    .filter(({ invariant }) => invariant === null || !bugs.has(invariant))
    .map(nameOf);
}

/** Pairs of lines of which one must be wrong. */
export function contradictions({ report }: Answers): readonly string[] {
  return report.findings.filter((each) => !isOfKernel(each)).map(({ title }) => title);
}

function isOfKernel({ kind }: Finding): boolean {
  return kind !== "contradiction";
}

type Finding = CheckReport["findings"][number];
