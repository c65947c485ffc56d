// What is known at a moment of a recording, as the document of `at --json`: names instead of row numbers,
// fields instead of bits, and for every value that is not known its path and the reason. It is the folded
// state, less what a gap around the moment may have changed.

import { type FactName } from "../../domain/platform/facts.js";
import { platformOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { stampOf } from "../../base/stamp.js";
import { type Steps } from "../../base/steps.js";
import { irteKey } from "../../domain/values/ids.js";
import { parseIrteName, type IrteRef } from "../../domain/values/names.js";
import { STATE_VALUES, type StateValue } from "../../domain/platform/state-values.js";
import { type TwinState } from "../../domain/fold/state.js";
import { type Directory } from "../../timeline/read/directory.js";
import { fatesAt } from "../../timeline/read/fates.js";
import { doubtsOf, missingLines, type Doubt } from "../../timeline/read/doubts.js";
import { gapsAround, hasLost, type GapAround } from "../../timeline/read/gaps.js";
import { ofOneVm } from "./one-vm.js";
import { anchorsOf } from "../../timeline/read/header.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Moment } from "../subject/when.js";
import { unfollowedBy } from "../../timeline/read/unfollowed-by.js";
import { DescribeContext } from "./context.js";
import { describeIrqfds } from "./describe-irqfds.js";
import { describeIrtes } from "./describe-irtes.js";
import { describeVcpus } from "./describe-vcpus.js";
import { describeVms } from "./describe-vms.js";
import { type AtDocument, type AtFilter } from "../document/document.js";
import { predictedAt } from "./predicted.js";
import { stateOf, withoutAny, withoutLost } from "./unread.js";
import { withoutBegun } from "./begun-writes.js";
import { onlySame, replacedIn, withoutReplaced, type Replaced } from "./replaced.js";
import { withoutUnfollowed, type IsFollowed } from "./unfollowed.js";

/** A document, and the state that it describes. */
export interface Described {
  /** The document, as `at --json` prints it. */
  readonly document: AtDocument;
  /** What a gap around the moment may have changed is unknown in it. */
  readonly state: TwinState;
}

const NOTHING: Replaced = new Map();

/** What a document is narrowed to, and the reasons to doubt the recording. Default: nothing; all that it has. */
interface DescribeOptions {
  readonly filter?: AtFilter | undefined;
  readonly doubts?: readonly Doubt[] | undefined;
}

/** The state at a moment, and its document. */
export function* describeAt(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
  moment: Moment,
  { filter = {}, doubts = doubtsOf(sqlite, recording) }: DescribeOptions = {},
): Steps<Described> {
  const { seq, time } = moment;
  const now = { seq, ...stampOf(time) };
  const gaps = gapsAround(sqlite, recording, seq);
  const missing = missingLines(sqlite, recording, doubts);
  const { doubt, oneVm } = missing;
  const one = oneEntryOf(filter);
  const folded = stateOf(sqlite, recording, seq, partOf(missing, one));
  yield;
  const { fold } = platformOf(recording);
  const kept =
    doubt === null
      ? gaps.reduce((known, { cpu }) => withoutLost(fold, known, cpu, now), folded)
      : withoutAny(fold, folded, now);
  const isFollowed = followedIn(recording, who);
  const asked = oneVm === null ? ofEntry(kept, one) : kept;
  const followed = withoutUnfollowed(asked, platformOf(recording), isFollowed);
  const begun = recording.isCounted ? followed : withoutBegun(sqlite, followed, seq);
  yield;
  const narrow =
    oneVm === null ? begun : ofOneVm(begun, withoutAny(fold, begun, now), oneVm, recording);
  const found = doubt === null ? replacedIn(sqlite, recording, who, narrow.kvm, seq) : NOTHING;
  const replaced = isFollowed("life of a VM") ? found : onlySame(found);
  const state =
    replaced.size === 0 ? narrow : { ...narrow, kvm: withoutReplaced(narrow.kvm, replaced) };
  yield;
  const told = predictedAt(sqlite, recording, seq);
  const predicted = told === null || isFollowed("prediction") ? told : new Map();
  const isWhole = gaps.length === 0 && doubts.every(({ kind }) => kind === "unread");
  const context = new DescribeContext(recording, who, {
    state,
    // Where events are missing nothing that was predicted is sure.
    predicted: isWhole || predicted === null ? predicted : new Map(),
    fates: fatesAt(sqlite, recording, seq, one),
    hasLost: hasLost(sqlite, recording, seq),
    doubt,
    replaced,
    anchors: anchorsOf(sqlite, recording),
  });
  yield;
  const question = { recording, moment, gaps, doubts, filter };
  return { document: yield* documentOf(context, question), state };
}

/**
 * Of a state what a document of one IRTE (null: of all) alone is made from: the entry, and the irqfds that may be connected to it. A long
 * recording knows many entities, and each of the rest would be looked at for nothing.
 */
function ofEntry(state: TwinState, one: IrteRef | null): TwinState {
  if (one === null) return state;
  const { iommu, kvm } = state;
  const key = irteKey(one.segment, one.devid, one.index);
  const vms = new Set(kvm.irqfds.map(({ vm }) => vm));
  return {
    iommu: { ...iommu, irtes: only(iommu.irtes, [key]) },
    kvm: { ...kvm, vms: only(kvm.vms, vms), vcpus: new Map(), routes: new Map() },
  };
}

/** The entry of which alone the state is read. Where lines are missing, what is known of the CPUs of all vCPUs counts. */
function partOf(
  { doubt, oneVm }: ReturnType<typeof missingLines>,
  one: IrteRef | null,
): IrteRef | null {
  return doubt === null && oneVm === null ? one : null;
}

/** The entry that alone is asked for; null = there is none, or a vCPU is asked for too. */
function oneEntryOf({ irte, vcpu }: AtFilter): IrteRef | null {
  return irte === undefined || vcpu !== undefined ? null : parseIrteName(irte);
}

function only<Key, Value>(values: ReadonlyMap<Key, Value>, keys: Iterable<Key>) {
  return new Map(
    [...keys].flatMap((key): [Key, Value][] => {
      const value = values.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Asked for each entity of the state, and the same for all. */
function followedIn(recording: Recording, who: Directory): IsFollowed {
  const values = Object.keys(STATE_VALUES) as readonly StateValue[];
  const followed = new Set(
    values.filter((value) => unfollowedBy(recording, who, value).length === 0),
  );
  return (value) => followed.has(value);
}

interface Question {
  readonly recording: Recording;
  readonly moment: Moment;
  readonly gaps: readonly GapAround[];
  readonly doubts: readonly Doubt[];
  readonly filter: AtFilter;
}

/** Unknown values are listed in the order in which the parts are described here. */
function* documentOf(context: DescribeContext, question: Question): Steps<AtDocument> {
  const { recording, moment, gaps, doubts, filter } = question;
  const isNarrowed = filter.irte !== undefined || filter.vcpu !== undefined;
  const irtes = describeIrtes(context, filter);
  yield;
  const vcpus = describeVcpus(context, filter);
  yield;
  if (!isNarrowed) noteUnseen(context);
  for (const gap of gaps) noteGap(context, gap);
  for (const doubt of doubts) noteDoubt(context, doubt);
  const irqfds = isNarrowed ? [] : describeIrqfds(context, filter);
  yield;
  const vms = isNarrowed ? [] : describeVms(context, filter);
  return {
    recording_id: recording.id,
    seq: moment.seq,
    time_ns: String(moment.time),
    clock_unit: recording.clockUnit,
    irtes,
    vcpus,
    irqfds,
    vms,
    unknown: context.unknown,
    inconclusive: context.inconclusive,
  };
}

function noProbe(context: DescribeContext, fact: FactName): string {
  return `no ${context.probesShowing(fact)} probe in this recording`;
}

/** Notes the parts of the document that no probe of the recording shows. */
function noteUnseen(context: DescribeContext): void {
  const noWrites = noProbe(context, "IRTE writes");
  if (!context.shows("IRTE writes"))
    context.note(
      "irtes",
      context.predicted === null ? noWrites : `${noWrites}: they are predicted by the rules`,
    );
  if (!context.shows("vCPU state"))
    context.note("vcpus", "no probe of vCPU load, put or blocking in this recording");
  if (!context.shows("irqfds")) context.note("irqfds", noProbe(context, "irqfds"));
}

function noteDoubt(context: DescribeContext, { kind, says }: Doubt): void {
  if (kind !== "one VM") context.markInconclusive();
  const parts = kind === "unread" ? ["irtes"] : ["irtes", "vcpus", "irqfds", "vms"];
  for (const part of parts) context.note(part, says);
}

function noteGap(context: DescribeContext, { kind, cpu, line }: GapAround): void {
  context.markInconclusive();
  const where =
    kind === "lost"
      ? `events of CPU ${cpu} were lost (line ${line ?? "?"})`
      : `events of CPU ${cpu} before its first line were overwritten (line ${line ?? "?"})`;
  context.note("irtes", `the moment is in a gap: ${where}`);
}
