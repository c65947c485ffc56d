// What is left of a check of a recording of one VM. What the other VMs' tasks did is not in it, so a difference counts
// only if it is about this VM, and every event that it rests on is too. Contradictions are no news: where a vCPU gives way
// to a task that was left out, ftrace leaves out the put of that vCPU as well.

import type Database from "better-sqlite3";
import { type TwinEvent } from "../domain/events/event.js";
import { isOf, type OneVm } from "../timeline/read/one-vm.js";
import { eventsBetween } from "../timeline/read/events.js";
import { countsOf, type Judgement } from "./agreed.js";
import { type AnyFinding } from "./findings.js";
import { type InvariantCount } from "./invariant-runner.js";
import { type WriteVerdict } from "./judge-recording.js";

/** What is left of a judgement. */
export function ofOneVm(sqlite: Database.Database, oneVm: OneVm, judgement: Judgement): Judgement {
  const about = new About(sqlite, oneVm);
  const found = judgement.found.filter(
    (finding) => finding.kind !== "contradiction" && about.isOurs(finding),
  );
  const proved = new Set(found.map(({ seq }) => seq));
  const verdicts = judgement.verdicts.map((each): WriteVerdict => {
    const [seq, rule, verdict] = each;
    const isKept =
      verdict === "undefined"
        ? about.isEventOurs(seq)
        : (verdict !== "mismatched" && verdict !== "unexpected") || proved.has(seq);
    return isKept ? each : [seq, rule, "unknown"];
  });
  const last = [...new Map(verdicts.map((each) => [each[0], each])).values()];
  const invariants = judgement.invariants.map((count) => countOf(count, found));
  return { ...judgement, found, verdicts, invariants, counts: countsOf(last, found) };
}

function countOf(count: InvariantCount, found: readonly AnyFinding[]): InvariantCount {
  const own = found.filter(({ invariant }) => invariant === count.id);
  const violations = Math.min(
    count.violations,
    own.reduce((sum, { times }) => sum + (times ?? 1), 0),
  );
  const dropped = count.violations - violations;
  return {
    ...count,
    checked: count.checked - dropped,
    violations,
    unknown: count.unknown + dropped,
  };
}

/** Asks of events and findings whether they are about the VM. */
class About {
  private readonly sqlite: Database.Database;
  private readonly oneVm: OneVm;

  constructor(sqlite: Database.Database, oneVm: OneVm) {
    this.sqlite = sqlite;
    this.oneVm = oneVm;
  }

  isOurs({ vcpu, seq, cause_seq, evidence }: AnyFinding): boolean {
    if (vcpu !== null && !this.oneVm.vcpus.has(vcpu)) return false;
    const events = new Set([seq, ...(cause_seq === null ? [] : [cause_seq]), ...evidence]);
    return [...events].every((each) => this.isEventOurs(each));
  }

  isEventOurs(seq: number): boolean {
    const event = this.event(seq);
    if (event === null) return false;
    const root = event.cause_seq === null ? null : this.event(event.cause_seq);
    return isOf(this.oneVm, event, root);
  }

  private event(seq: number): TwinEvent | null {
    return eventsBetween(this.sqlite, seq, seq)[0] ?? null;
  }
}
