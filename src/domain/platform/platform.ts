// The port of a platform: what the rest of irqtwin asks of an interrupt remapping table, whoever made it. All
// that is a vendor's own (formats, driver, rules, invariants, bugs) stands behind it in one folder.

import { type Fix } from "./commit.js";
import { type Consistency, type ContradictionRow } from "./consistency.js";
import { type FactName, type Level, type ProbeLevel } from "./facts.js";
import { type FateRules } from "./fate.js";
import { type EntryField } from "./entry-layout.js";
import { type IrteBits, type Predicted } from "../values/bits.js";
import { type CallReturn, type TwinEvent } from "../events/event.js";
import { type PlatformFold } from "../fold/evolve.js";
import { type IrteKey, type Seq, type VcpuRow } from "../values/ids.js";
import { type BugRow, type InvariantRow, type Severity } from "./invariant.js";
import { type Call, type Step } from "../model/calls.js";
import { type Kernel } from "../model/kernel.js";
import { type IrteModel } from "../model/model.js";
import { type LaneTable } from "./lanes.js";
import { type ProbesSet, type StateValue } from "./state-values.js";

/** What the bits of an entry say, as far as they are known; null = not known, or not a field of it. */
export interface EntryFields {
  /** What the entry is in use for; unknown = its bits are not known. */
  readonly mode: "posted" | "remapped" | "allocated" | "free" | "unknown";
  /** The IOMMU takes the entry. */
  readonly valid: boolean | null;
  /** The vector: the guest's if the entry is posted, else the host's. */
  readonly vector: number | null;
  /** The vCPU is running. */
  readonly is_run: boolean | null;
  /** An interrupt for a vCPU that is not running raises one of the host's. */
  readonly ga_log_intr: boolean | null;
  /** The APIC ID of a CPU. */
  readonly destination: number | null;
  /** The tag of a posted entry. */
  readonly ga_tag: number | null;
  /** Backing page address >> 12, as hexadecimal text. */
  readonly ga_root_ptr: string | null;
}

/** The vCPU that a posted entry names, by one of its names. */
export interface EntryTarget {
  /** avic_vm_id. */
  readonly vm_id: number;
  /** Which of its names the tag holds. */
  readonly field: "vcpu_id" | "vcpu_idx";
  /** That name. */
  readonly value: number;
}

/** Where the tag of a posted entry holds the vCPU, and by which of its names. The views decode by it. */
export interface TagLayout {
  /** Bits of the vCPU's field, the lowest of the tag; vm_id stands above it. */
  readonly bits: number;
  /** Which of its names the tag holds. */
  readonly field: EntryTarget["field"];
}

/** SQL expressions over the words `lo` and `hi` of an entry. */
export interface EntrySql {
  /** 1 or 0 where the entry shows that destinations are logical or physical, else NULL; null = none shows it. */
  readonly logical: string | null;
  /** Is the entry posted to a vCPU? */
  readonly posted: string;
  /** The tag of a posted entry (`tagLayoutOf` says how it is packed). */
  readonly tag: string;
}

/** Has the recording a line of a probe of this name? Without it, what the probe shows cannot be seen. */
export type Sees = (probe: string) => boolean;

/** What is constant for a boot of the host, and so known from the first event on; null = not known. */
export interface HostFacts {
  /** APIC ID by CPU, as far as the recording shows it. */
  readonly apicOfCpu: ReadonlyMap<number, number>;
  /** Are destinations logical? */
  readonly logical: boolean | null;
}

/** The names of a vCPU. */
export interface VcpuNames {
  /** avic_vm_id; null = never shown. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** Place in the order of creation; null = the creation was not observed. */
  readonly vcpu_idx: number | null;
}

/** The names of a vCPU by its row; undefined = it has none. */
export type NamesOf = (vcpu: VcpuRow) => VcpuNames | undefined;

/** A kernel that follows the rules of one profile. */
export interface RulesKernel extends Kernel {
  /**
   * Which writes does this event demand? Moves the kernel on by the event, and returns the steps that must
   * follow on its task, in order. A write that was observed is itself no cause: it demands nothing.
   */
  advance(event: TwinEvent): readonly Step[];
  /** Takes the bits of a write that was seen, whatever is decided about it. */
  learnFrom(seen: IrteBits): void;
  /** The rule by which a function without a probe would have written these very bits; null = none tells all. */
  ruleByBits(irte: IrteModel, cpu: number, seen: IrteBits): string | null;
  /**
   * Is the write of a step what its rule makes of the entry as a dump of the table shows it? A platform whose tables
   * nothing dumps has no such member.
   */
  followsDump?(step: Step, irte: IrteModel, seen: IrteBits): boolean;
  /** What the prediction of a step rests on besides the last write and the function: events, or null. */
  inputsOf(step: Step, irte: IrteModel, call: Call): readonly (Seq | null)[];
}

/** One predicted entry from an event on: its bits as far as they are known, and why. */
export interface PredictedIrte {
  /** The entry (irteKey()). */
  readonly key: IrteKey;
  /** Its bits, as far as they are known. */
  readonly bits: Predicted;
  /** The code of the cause (CAUSES); null = none is known. */
  readonly cause: number | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: Seq | null;
}

/** Tells the entries of a recording that shows none of their writes. */
export interface Predictor {
  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void;
  /** Takes the next event, and returns the entries that are others now, or known otherwise. */
  advance(event: TwinEvent): Iterable<PredictedIrte>;
}

/** What a platform needs to know of a finding to name what it shows. */
export interface FindingFacts {
  /** The kind of finding. */
  readonly kind: string;
  /** The transition rule; null = none. */
  readonly rule: string | null;
  /** The invariant; null = none. */
  readonly invariant: string | null;
  /** The difference between releases that the rules themselves name; null = none. */
  readonly row: string | null;
  /** The fields that differ. */
  readonly fields: readonly string[];
  /** The rule that the write has by the recording's own profile; null = none. */
  readonly ownRule: string | null;
}

/** One transition rule: what brings it about, what it does, and the kernel's functions that do it. */
export interface Transition {
  /** Its name, `T1` to `T11`. */
  readonly id: string;
  /** What brings it about and what it does, in one sentence. */
  readonly says: string;
  /** The kernel's functions, outermost first; names of Linux 6.17 where releases differ. */
  readonly where: string;
}

/** One difference between the releases of a platform. */
export interface ReleaseDifference {
  /** Its name, by which DIFFERENCES has it. */
  readonly name: string;
  /** The patch or fix that made it. */
  readonly patch: string;
  /** What a release that has it does. */
  readonly says: string;
  /** The kernel's function and file. */
  readonly where: string;
  /** The commits that made it; none where they are not known. */
  readonly fixes: readonly Fix[];
}

/** What cannot be decided for want of a probe. */
export interface UndecidedFact {
  /** The probe. */
  readonly name: string;
  /** What cannot be decided, in one sentence. */
  readonly what: string;
  /** The smallest set of probes that has it; null = none has. */
  readonly level: Level | null;
}

/** A platform: whose interrupt remapping table it is. */
export interface Platform<K extends RulesKernel = RulesKernel> {
  /** Stored with each recording, such as `amd`. */
  readonly id: string;

  /** What a line that only its hosts print is like, from the event's name on; absent = nothing is known to be. */
  readonly proof?: RegExp | undefined;
  /** What a release is like that only its hosts have (`uname -r`); absent = none is known to be. */
  readonly release?: RegExp | undefined;
  /** It is recognised, and nothing of it is read; absent = it is read. */
  readonly isNameOnly?: boolean | undefined;
  /** What a recording knows of its host at its end can begin the next one, as a dump; absent = it cannot. */
  readonly carriesState?: boolean | undefined;
  /** Scripts that record its hosts are made; absent = none are. */
  readonly isCaptured?: boolean | undefined;

  /** The rules profiles by name, oldest first. */
  readonly profiles: readonly string[];
  /** The profile of a kernel release as `uname -r` prints it; null = it has none. */
  profileOf(release: string): string | null;
  /** The profile, of those, that is nearest to a release that has none; absent = there is no order among them. */
  nearestOf?(release: string, among: readonly string[]): string | null;
  /** Do two profiles demand the same writes of every history? Absent = no two of them do. */
  judgeAlike?(a: string, b: string): boolean;

  /** What do these bits say? */
  describe(entry: Predicted): EntryFields;
  /** Where the fields of an entry with these bits stand; absent = this platform does not tell. */
  layoutOf?(entry: Predicted): readonly EntryField[];
  /** How the tag of a posted entry is packed; null = its entries have none. */
  tagLayoutOf(profile: string): TagLayout | null;
  /** The vCPU that an entry is posted to; null = it is not posted. */
  targetOf(bits: IrteBits, profile: string): EntryTarget | null;
  /** The names of the fields in which an entry differs from what it should be, as far as that is known. */
  differingFields(expected: Predicted, seen: IrteBits): readonly string[];
  /** How bad a write with these wrong fields is. */
  severityOf(fields: readonly string[], seen: IrteBits): Severity;

  /** What SQL asks of an entry. */
  readonly sql: EntrySql;

  /** The fold of its events: the common one, with what only this platform has. */
  readonly fold: PlatformFold;

  /** What is drawn of its recordings over the time. */
  readonly lanes: LaneTable;

  /** What becomes of interrupts; absent = this platform has no table of fates. */
  readonly fates?: FateRules | undefined;

  /** The names of the reasons in a mask of kvm->arch.apicv_inhibit_reasons. */
  inhibitNames(mask: number): readonly string[];

  /** A kernel that follows the rules of a profile, before the first event of a recording. */
  newKernel(profile: string, host: HostFacts, names: NamesOf): K;
  /** Tells the entries of a recording that shows none of their writes; absent = this platform cannot. */
  newPredictor?(profile: string, sees: Sees, host: HostFacts): Predictor;

  /** Looks for lines that contradict each other; absent = this platform cannot. */
  newConsistency?(kernel: K, sees: Sees): Consistency;
  /** What lines that are all true show together. */
  readonly contradictions: readonly ContradictionRow[];

  /** The kernel functions that a kind of event stands for, by their names in a release; null = not known. */
  functionsOfKind?(kind: string, sees: Sees, release: string | null): readonly string[];
  /** The kernel functions that a cause stands for, by their names in a release; null = not known. */
  functionsOfCause?(cause: string, sees: Sees, release: string | null): readonly string[];

  /** The transition rules by name. */
  readonly transitions: readonly Transition[];
  /** What must hold between operations, in the order in which it is tested. */
  readonly invariants: readonly InvariantRow<K>[];
  /** The known bugs. */
  readonly bugs: readonly BugRow[];
  /** What the profiles differ in. */
  readonly differences: readonly ReleaseDifference[];
  /** Judged by `judged`: which difference from the recording's `own` profile a finding shows; null = none. */
  differenceShown(finding: FindingFacts, judged: string, own: string): string | null;

  /** Does a recording with these probes show the fact? */
  shows(sees: Sees, fact: FactName): boolean;
  /** The probes that show a fact. */
  probesShowing(fact: FactName): readonly string[];
  /**
   * The probes whose functions may have changed a value of the state without a line; none = the value is followed.
   * Absent = every value is.
   */
  unfollowed?(value: StateValue, set: ProbesSet): readonly string[];
  /** The set of probes that a recording was made with, as far as its names tell; none = it shows no write. */
  probeLevelOf(sees: Sees): ProbeLevel;
  /** What a recording leaves open, and the probe that would tell it. */
  undecided(sees: Sees): readonly UndecidedFact[];
  /** May a write be called missing or mismatched by the rule of a profile, with the probes of this recording? */
  canJudgeRule(sees: Sees, rule: string, profile: string): boolean;
  /** May the invariant be called broken? */
  canJudgeInvariant(sees: Sees, id: string): boolean;
  /** Could a function without a probe have made this write? */
  couldBeUnseen(sees: Sees, before: IrteBits, seen: IrteBits): boolean;
  /** Could an update without a line have posted or remapped the entry before this write, so that it is not as expected? */
  couldBeStale(sees: Sees, expected: IrteBits, seen: IrteBits): boolean;
  /**
   * Is there no line of a name that must have some, by how many lines the other names have? `tasks`: how many tasks
   * print a name.
   */
  lacksName?(lines: (name: string) => number, tasks: (name: string) => number): boolean;
  /** The rule as findings name it: a part of a rule is told by the whole one's name. */
  ruleId(rule: string): string;
}
