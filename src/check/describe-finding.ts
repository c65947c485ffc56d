// A finding as `check` prints it and the table `finding` keeps it.

import { type DifferingField } from "../domain/amd/irte/differing-fields.js";
import type Database from "better-sqlite3";
import { hex64 } from "../base/words.js";
import { type IrteBits } from "../domain/values/bits.js";
import {
  irteOfKey,
  type IrteKey,
  type VcpuRow,
  type IrteName,
  type Seq,
  type TimeText,
  type VcpuName,
} from "../domain/values/ids.js";
import { irteName, vcpuName, withOwnName } from "../domain/values/names.js";
import { type BugId } from "../domain/amd/invariants/known-bugs.js";
import { type InvariantId } from "../domain/amd/invariants/invariants.js";
import { type Difference } from "../domain/amd/releases/releases.js";
import { type RuleId } from "../domain/amd/rules/transitions.js";
import { type Severity } from "../domain/platform/invariant.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Directory } from "../timeline/read/directory.js";
import { timeOf } from "../timeline/read/events.js";
import { prepared } from "../timeline/store/sql.js";
import { type JudgedRecording } from "./judge-recording.js";
import { fingerprintOf } from "./fingerprint.js";
import { fieldsOf, severityOf, titleOf, type AnyFinding } from "./findings.js";
import { NeedlessLogCounter, type NeedlessLogs } from "./needless-logs.js";

/** One place where the recording and the rules part. */
export interface Finding {
  /** `F1` and so on, in the order of the recording. */
  readonly id: string;
  /** The same for the same finding in another recording, or after another import: kind, rule, names and fields. */
  readonly fingerprint: string;
  /**
   * contradiction: lines of the recording cannot all be true. mismatch: a write that the rules explain, with other
   * bits. unexpected: a write that no rule explains. missing: a write that the rules demand and the trace has not.
   * invariant: an invariant does not hold.
   */
  readonly kind: "contradiction" | "mismatch" | "unexpected" | "missing" | "invariant";
  /** The transition rule, a name of TRANSITIONS; null = none explains it, or it is not about one. */
  readonly rule: RuleId | null;
  /** The invariant that is broken; null = it is not about one. */
  readonly invariant: InvariantId | null;
  /** How bad it is (Severity). */
  readonly severity: Severity;
  /** The event at which it shows: the write, or the first event after which an invariant does not hold. */
  readonly seq: Seq;
  /** Time of the event in nanoseconds (or ticks) of the recording's clock. */
  readonly time_ns: TimeText;
  /** The known bug of the kernel's release that it is. */
  readonly bug: BugId | null;
  /** Judged by other rules than the recording's: the difference of the two that it shows. */
  readonly difference: Difference | null;
  /** How often it was seen. */
  readonly times: number;
  /**
   * Entries of the GA log that it cost: KVM was told of them, and woke no vCPU that waited for them. B7: while the vCPU did
   * not block; B3 and B4: while it ran. null = it is no bug that costs any.
   */
  readonly needless_logs: NeedlessLogs | null;
  /** The line of the trace. */
  readonly line: number;
  /** The IRTE, as `SSSS:BB:DD.F/INDEX`; null = it is about none. */
  readonly irte: IrteName | null;
  /** The vCPU, as `vmN/vcpuM`; null = it is about none, or its VM has no known avic vm_id. */
  readonly vcpu: VcpuName | null;
  /** The own name of the vCPU's VM; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** The names of the fields that differ; `reserved`: bits that no field has. */
  readonly fields: readonly DifferingField[];
  /** The 128 bits that the rules demand; null = none are demanded. */
  readonly expected: {
    /** The low 64 bits: `0x` and 16 hexadecimal digits. */
    readonly lo: string;
    /** The high 64 bits, in the same form. */
    readonly hi: string;
  } | null;
  /** The 128 bits that were written; null = nothing was. */
  readonly observed: {
    /** The low 64 bits: `0x` and 16 hexadecimal digits. */
    readonly lo: string;
    /** The high 64 bits, in the same form. */
    readonly hi: string;
  } | null;
  /** The IRTE that the rules demand a write of where this one was written. */
  readonly instead_of: IrteName | null;
  /** The event that brought it about; null = not known, or none. */
  readonly cause_seq: Seq | null;
  /** The events that prove it, by seq, in rising order. */
  readonly evidence: readonly Seq[];
  /** What is wrong, in one sentence. */
  readonly title: string;
}

type Counts = Pick<Finding, "times" | "needless_logs">;

/** Describes findings of one recording. */
export class FindingDescriber {
  private readonly sqlite: Database.Database;
  private readonly platform: Platform;
  private readonly who: Directory;
  private readonly costs: NeedlessLogCounter;

  /** Of the recording that is judged. */
  constructor({ sqlite, recording, platform, who }: JudgedRecording) {
    this.costs = new NeedlessLogCounter(sqlite, recording, platform, who.names);
    this.sqlite = sqlite;
    this.platform = platform;
    this.who = who;
  }

  /** The finding in the words of the report; `difference` is what it shows under other rules. */
  describe(finding: AnyFinding, id: string, difference: string | null): Finding {
    const { platform } = this;
    const { expected, observed } = finding;
    const irte = finding.key === null ? null : nameOfKey(finding.key);
    const vcpu = this.nameOfVcpu(finding.vcpu);
    const vm_name = this.ownNameOf(finding.vcpu);
    const subject = irte ?? (vcpu === null ? "the host" : withOwnName(vcpu, vm_name));
    const fields = fieldsOf(platform, finding);
    // A platform's ids are those of its tables.
    const identity = {
      kind: finding.kind,
      rule: finding.rule === null ? null : (platform.ruleId(finding.rule) as RuleId),
      invariant: (finding.invariant ?? null) as InvariantId | null,
      bug: (finding.bug ?? null) as BugId | null,
      ...{ irte, vcpu, fields: fields as readonly DifferingField[] },
    };
    return {
      id,
      fingerprint: fingerprintOf(identity),
      ...identity,
      ...this.weightOf(finding),
      severity: severityOf(platform, finding, fields),
      seq: finding.seq,
      time_ns: String(timeOf(this.sqlite, finding.seq)),
      line: this.lineOf(finding.seq),
      vm_name,
      expected: expected === null ? null : wordsOf(expected.bits),
      observed: observed === null ? null : wordsOf(observed),
      instead_of: finding.instead_of === undefined ? null : nameOfKey(finding.instead_of),
      cause_seq: finding.cause_seq,
      evidence: finding.evidence,
      title: titleOf(platform, finding, subject, fields, nameOfKey),
      difference: difference as Difference | null,
    };
  }

  private weightOf({ times = 1, bug = null, key }: AnyFinding): Counts {
    return { times, needless_logs: this.costs.of({ times, bug, key }) };
  }

  private lineOf(seq: number): number {
    const sql = "SELECT line FROM event WHERE seq = ?";
    return prepared<[number], number>(this.sqlite, sql).pluck().get(seq) ?? 0;
  }

  private ownNameOf(vcpu: VcpuRow | null): string | null {
    const row = vcpu === null ? null : this.who.vcpu(vcpu);
    return row === null ? null : (this.who.vm(row.vm)?.name ?? null);
  }

  private nameOfVcpu(vcpu: VcpuRow | null): string | null {
    const row = vcpu === null ? null : this.who.vcpu(vcpu);
    const vm = row === null ? null : this.who.vm(row.vm);
    return row === null || vm?.vm_id == null ? null : vcpuName(vm.vm_id, row.vcpu_id);
  }
}

function wordsOf(bits: IrteBits): { lo: string; hi: string } {
  return { lo: hex64(bits.loH, bits.loL), hi: hex64(bits.hiH, bits.hiL) };
}

function nameOfKey(key: IrteKey): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}
