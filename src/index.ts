// irqtwin as a library. Everything the command line does goes through these names.

// Open a timeline file, import into it, ask it.
export { Timeline, openTimeline } from "./twin.js";
export { type OpenOptions } from "./timeline/open/connection.js";
export { LiveNames } from "./live/names.js";
export {
  type LiveBatch,
  type LiveBegan,
  type LiveComplete,
  type LiveRolledBack,
  type LiveState,
  type LiveUpdate,
} from "./live/update.js";
export { type RolledBackWhy } from "./timeline/import/listener.js";
export { type ImportSource, type InputOptions } from "./timeline/import/input.js";
export {
  RecordingView,
  type AskedTimeline,
  type AtOptions,
  type BlameOptions,
  type CountOptions,
  type CountedWrites,
  type DiffOptions,
  type FirstFindingOptions,
  type FirstOptions,
  type Span,
} from "./twin-recording.js";
export { type CheckOptions, type ExplainOptions, type ExplainedFinding } from "./twin-findings.js";
export { type AnchorOption } from "./timeline/import/anchor.js";
export { type ImportOptions, type ImportProgress } from "./timeline/import/options.js";
export { type ImportResult } from "./timeline/import/import-result.js";
export { type Recording } from "./timeline/read/recordings.js";
export { type Doubt } from "./timeline/read/doubts.js";
export { type AnchorFile } from "./timeline/read/header.js";
export { type LineCounts, type NameCount } from "./ftrace/read-batch.js";
export { type RulesFrom } from "./ftrace/choose-rules.js";
export { type ChainPosition } from "./timeline/integrity/chain.js";
export { narrowingSql } from "./query/sql/one-recording.js";
export { COOKBOOK, type Recipe } from "./query/sql/cookbook.js";
export { parseTest, type Test } from "./query/first/predicate.js";
export { type RewindResult } from "./timeline/rewind/rewind.js";
export {
  type VerifyFinding,
  type VerifyReport,
  type VerifyStep,
  type VerifyStepName,
} from "./timeline/integrity/report.js";

// SQL over the views, and what other processes commit.
export {
  type QueryOptions,
  type QueryParameter,
  type QueryParameters,
  type QueryRow,
  type QuerySql,
  type QueryValue,
} from "./query/rows/query.js";
export {
  views,
  type Int64,
  type VEvent,
  type VIrte,
  type VIrteChange,
  type VVcpu,
  type VFate,
  type VLink,
  type VRoute,
  type VFinding,
  type VVm,
  type VHeader,
  type VGap,
  type VRecording,
  type Views,
} from "./query/sql/views.js";
export { type ChangesOptions, type TimelineChange } from "./timeline/follow/changes.js";

// What the questions answer.
export { type VerifyOptions } from "./timeline/integrity/verify.js";
export { checkIds, type CheckAsyncOptions } from "./check/check.js";
export { MIN_DECIDED_DEFAULT, type Asked } from "./check/narrowed.js";
export { fingerprintOf, type FindingIdentity } from "./check/fingerprint.js";
export { rulesText, type CheckReport, type ReleaseFindings } from "./check/report.js";
export { type Finding } from "./check/describe-finding.js";
export { type InvariantCount } from "./check/invariant-runner.js";
export { type WriteCounts } from "./check/ledger.js";
export { type DumpCounts } from "./domain/platform/consistency.js";
export {
  type AtDocument,
  type AtFilter,
  type AtIrqfd,
  type AtIrte,
  type AtVcpu,
  type AtVm,
  type Unknown,
} from "./query/document/document.js";
export { type Frame } from "./query/state/frame.js";
export {
  type FrameIrte,
  type FrameLink,
  type FrameRoute,
  type FrameVcpu,
} from "./query/state/frame-document.js";
export {
  type DiffDocument,
  type DiffMoment,
  type DifferenceValue,
  type EntityDifference,
  type FieldDifference,
} from "./query/state/diff.js";
export { type Evidence, type Explanation } from "./check/explanation.js";
export { type FieldBlame, type FieldChange } from "./query/state/changes.js";
export { INVARIANTS, KNOWN_BUGS } from "./domain/amd/invariants/reference.js";
export { type Invariant, type KnownBug, type Severity } from "./domain/platform/invariant.js";
export { type Info, type InfoOptions, type InfoRecording } from "./query/info/info.js";
export { type Interrupt } from "./query/info/interrupts.js";
export { type Coverage } from "./query/info/coverage.js";
export { type CpuLoss, type RecordedCapture, type Refused } from "./query/info/capture.js";
export { type FirstAnswer } from "./query/first/first-event.js";
export { type FirstResult, type FirstSubject } from "./query/first/first.js";
export { type LogEntry, type LogOptions } from "./query/log/log.js";
export { type LogFilter } from "./query/log/log-filter.js";
export { type LinkChange } from "./query/log/links.js";
export { type EventFunctions } from "./query/subject/functions.js";
export {
  SCHEMA,
  schemaOf,
  type ColumnMeaning,
  type ColumnType,
  type RelationMeaning,
} from "./query/sql/schema.js";
export { OwnNames } from "./query/subject/own-names.js";
export { type SpanOptions } from "./query/subject/span.js";
export { WHEN_FORMS, formatTime, type Moment, type When } from "./query/subject/when.js";
export {
  WRITE_GROUPS,
  isWriteGroup,
  type Audit,
  type AuditOptions,
  type WriteCount,
  type WriteGroup,
} from "./query/sql/writes.js";

// The vocabulary of events, and the fold.
export { FATES, type Fate } from "./domain/platform/fate.js";
export { CAUSES, type Cause } from "./domain/events/causes.js";
export {
  EVENT_KINDS,
  KIND,
  kindName,
  type EventKindName,
  type PayloadField,
} from "./domain/events/kinds.js";
export { type Batch, type TwinEvent } from "./domain/events/event.js";
export { payload } from "./domain/events/payload.js";
export { type ReadPayload } from "./domain/events/stored-event.js";
export {
  type Flavor,
  type Seq,
  type Since,
  type Stamp,
  type VcpuRow,
  type VmRow,
} from "./domain/values/ids.js";
export { type Fold } from "./domain/fold/evolve.js";
export { type FoldListeners } from "./domain/fold/folding.js";
export { type IrteListener } from "./domain/fold/iommu-draft.js";
export { type KvmListener } from "./domain/fold/kvm-draft.js";
export { evolve, evolveBatch } from "./platforms/amd-fold.js";
export {
  NONE,
  emptyState,
  type IommuState,
  type IrqfdState,
  type IrteState,
  type KvmState,
  type PendingWrite,
  type RouteState,
  type RunState,
  type TwinState,
  type UnnamedInhibits,
  type VcpuState,
  type VmState,
} from "./domain/fold/state.js";
export { iommuProjection, kvmProjection, liveState } from "./platforms/amd-fold.js";

// Bits: the IRTE, the GA tag, the physical ID entry.
export {
  decodeIrte,
  encodeIrte,
  irteMode,
  type Irte,
  type IrteMode,
  type PostedIrte,
  type RemappedIrte,
} from "./domain/amd/irte/irte.js";
export { decodeIrte32, encodeIrte32, type Irte32 } from "./domain/amd/irte/irte32.js";
export { type IrteBits, type Predicted } from "./domain/values/bits.js";
export {
  DIFFERENCES,
  RULES,
  RULES_IDS,
  differencesOf,
  isRulesId,
  releasesOf,
  rulesOfRelease,
  type Difference,
  type ReleaseRow,
  type Rules,
  type RulesId,
} from "./domain/amd/releases/releases.js";
export { decodeGaTag, encodeGaTag, type GaTag } from "./domain/amd/irte/ga-tag.js";
export { inhibitNames } from "./domain/amd/releases/inhibit.js";
export { PATCHES, type Patch, type PatchEffect } from "./domain/amd/releases/patches.js";
export { SERIES } from "./domain/amd/releases/commits.js";
export { type Commit, type Fix, type Series } from "./domain/platform/commit.js";
export { functionsOfCause, functionsOfKind } from "./domain/amd/probes/functions.js";
export { FACTS, type FactName } from "./domain/platform/facts.js";
export {
  PROBE,
  PROBES,
  type NullableColumn,
  type Probe,
  type ProbeName,
} from "./domain/amd/probes/probes.js";
export {
  type FormatEvidence,
  type Judged,
  type ProbeRow,
  type ProbeType,
  type RuleName,
  type SymbolSince,
} from "./domain/amd/probes/row.js";
export { type FrameRow } from "./domain/amd/probes/frame-row.js";
export { type WriteShape } from "./domain/amd/probes/write-shapes.js";
export {
  type Definition,
  type FieldText,
  type InstructionPlace,
  type Landmark,
  type LandmarkPlace,
  type Parameter,
  type Place as ProbePlace,
  type Prototype,
  type Verified,
} from "./domain/amd/probes/definition.js";
export {
  KNOWN_KERNELS,
  knownAround,
  servedOn,
  type KnownKernel,
  type Served,
} from "./domain/amd/probes/kernels.js";
export { LEVELS, type Level, type ProbeLevel } from "./domain/platform/facts.js";
export { planCapture, type Capture } from "./capture/host/plan-capture.js";
export {
  type AbsentProbe,
  type CapturePlan,
  type PlannedProbe,
  type PlannedTracepoint,
} from "./capture/plan.js";
export { type Open, type Undecidable } from "./capture/plan/undecidable.js";
export { type HostFiles } from "./capture/host/read-host.js";
export { copyLines } from "./capture/host/copy-lines.js";
export { captureScript } from "./capture/script/script.js";
export { DEFAULT_OPTIONS, type ScriptOptions } from "./capture/script/options.js";
export { TRANSITIONS } from "./domain/amd/rules/transitions.js";
export { type Sees, type Transition } from "./domain/platform/platform.js";
export { decodePhysicalId, type PhysicalIdEntry } from "./domain/amd/irte/physical-id.js";
export {
  irteName,
  lineName,
  lineRef,
  parseIrteName,
  parseVcpuName,
  parseVmName,
  vcpuName,
  withOwnName,
  type DeviceRef,
  type IrteRef,
} from "./domain/values/names.js";
export { spelled } from "./domain/values/spelling.js";

export { isNameOnly, profileNames } from "./platforms/registry.js";

// Errors.
export { ERROR_CODES, EXIT, TwinError, type ErrorCode } from "./base/errors.js";
