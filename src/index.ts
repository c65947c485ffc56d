/**
 * irqtwin as a library: everything that the command line does goes through the names on this page. `npm run docs` makes
 * the page from the docstrings.
 *
 * ## What is public
 *
 * - What `irqtwin` and `irqtwin/bits` export: the names on this page, with their members. `irqtwin/bits` has the types
 *   and functions for an IRTE and a GA tag ({@link decodeIrte}, {@link decodeIrte32}, {@link decodeGaTag} and their
 *   reverses), and {@link RULES} with {@link rulesOfRelease}, which say how a release packs a tag. It needs neither Node nor
 *   a file. Other files of the package cannot be imported.
 * - The views of SQL, whose names begin with `v_` ({@link SCHEMA}), and the tables `event_kind`, `cause` and
 *   `tag_layout`. Other tables and the migrations are how irqtwin stores things.
 * - What the commands print with `--json`, their options, exit statuses ({@link EXIT}) and error codes
 *   ({@link ERROR_CODES}). Text for people is not public.
 * - The header lines `# irqtwin KEY: VALUE` of the capture script.
 *
 * ## What a version promises
 *
 * Versions follow semver. A patch mends what is wrong. A minor version may also add: exports, optional parameters and
 * options, members of results, members of unions, error codes, columns, views, kinds of events, causes, invariants, known
 * bugs and rules profiles. So a program should pass over what it does not know. A major version may also change or remove
 * them, and demand a newer Node than the `engines` of package.json. While the major version is 0, a minor version may do
 * so too; CHANGELOG.md then says so.
 *
 * - Verdicts are no promise. A version that knows a kernel better may find more, or less. {@link Finding.fingerprint} is
 *   made for that: the same finding has the same one in every recording.
 * - A timeline file of an older version is opened by a newer one, and its schema is brought up to date. An older version
 *   refuses a newer file (ERR_TIMELINE_NEWER). Events never change, so each recording keeps the version of the log it was
 *   imported with (`log_version` of `v_recording`). `@SEQ` stays true of a recording. Importing the same file anew with
 *   another version may number events otherwise.
 * - Results are data: read-only in TypeScript, and never changed after they are given out. Times of results are text of
 *   whole nanoseconds (`time_ns`), or a bigint where the docstring says so, because a number is not exact above 2^53. A
 *   recording with a counter clock counts in ticks (`clock_unit`).
 * - null = not known, or none; each docstring says which. An option that is absent or undefined has its default.
 * - What is asked of a recording is a method of {@link RecordingView}, with one object of options. Results have the
 *   snake_case names of `--json` and of the views. Methods and options have camelCase, but an option that narrows a
 *   question to a field has the field's name (`vm_id`). Every result can be cloned (`structuredClone`) and written as JSON.
 *
 * ## Options
 *
 * {@link OpenOptions}, {@link ImportOptions}, {@link AnchorOption}, {@link AtOptions}, {@link DiffOptions},
 * {@link LogOptions}, {@link IrteOptions}, {@link FirstOptions}, {@link FirstFindingOptions}, {@link AuditOptions},
 * {@link InfoOptions}, {@link QueryOptions}, {@link ChangesOptions}, {@link CheckOptions}, {@link CheckAsyncOptions},
 * {@link ExplainOptions}, {@link RewindOptions}, {@link VerifyOptions}, {@link ScriptOptions}: each has a table with default and range.
 *
 * ## Examples
 *
 * Four programs, which are also files in `docs/examples`. Tests run them.
 *
 * **How far is it, and what was so at a hundred moments?**
 *
 * {@includeCode ../docs/examples/progress.mjs}
 *
 * **A dashboard while a trace is read.**
 *
 * {@includeCode ../docs/examples/dashboard.mjs}
 *
 * **A job of CI with a baseline.**
 *
 * {@includeCode ../docs/examples/ci.mjs}
 *
 * **An agent that follows a file as it grows, serves the present state, and may be killed at any time.** An import of a
 * stream that dies leaves nothing to go on from, because the hash of what was still to come is not known. The next one
 * removes what it left and reads the file from its beginning, a million lines in a few seconds. On the same host it knows
 * at once that the process is gone; where it cannot know (another PID namespace) it waits 10 seconds for a sign of life.
 * An agent that is stopped, and not killed, completes its recording. The next one reads the file as a correction of that
 * one (`supersedes`), serves the older recording until it has come as far, and leaves one recording more: a complete
 * recording is removed by `drop()` alone, so a timeline grows by one with each such restart.
 *
 * {@includeCode ../docs/examples/agent.mjs}
 *
 * @packageDocumentation
 */

// A comment that begins with # begins a section of docs/library.md (docs.config.ts).

// # Open. A timeline is one SQLite file. Open it, import into it, ask it, close it.
export { Timeline, openTimeline } from "./twin.js";
export { type OpenOptions } from "./timeline/open/connection.js";

// # Import. A recording is one trace, from a file, a stream or memory, in one of the formats of FormatName.
export { type ImportSource, type InputOptions } from "./timeline/import/input.js";
export { type ImportOptions, type ImportProgress } from "./timeline/import/options.js";
export { joined } from "./twin-growing.js";
export { type JoinedTrace, type JoinOptions } from "./timeline/import/join.js";
export { type AnchorOption } from "./timeline/import/anchor.js";
export { type ImportResult } from "./timeline/import/import-result.js";
export { type LeftBefore } from "./timeline/import/begin.js";
export { type ImportNote, type InputNote } from "./timeline/read/notes.js";
export { type LineCounts, type NameCount } from "./source/read-batch.js";
export { type FormatName, type RulesFrom } from "./source/sniffed.js";
export { type Doubt } from "./timeline/read/doubts.js";
export { type AnchorFile } from "./timeline/read/header.js";

// # Ask. What was so at a moment, what differed, what happened, who wrote it.
export { RecordingView } from "./twin-recording.js";
export { type RecordingStates } from "./recording/states.js";
export { type RecordingHistory } from "./recording/history.js";
export { type RecordingFindings } from "./recording/findings.js";
export { type RecordingLanes } from "./recording/lanes.js";
export {
  type WhenOptions,
  type AtAsyncOptions,
  type AtOptions,
  type DiffAsyncOptions,
  type IrteAsyncOptions,
  type IrteOptions,
  type DiffOptions,
  type FirstOptions,
  type FirstFindingOptions,
  type EventOptions,
} from "./twin-options.js";
export { type RecordingFacts } from "./timeline/read/recording-facts.js";
export { type RecordedKernel } from "./timeline/read/recorded-kernel.js";
export { PLATFORM_IDS, type PlatformId } from "./platforms/platform-ids.js";
export {
  type RecordingDropped,
  type RecordingPart,
  type SourcePart,
} from "./timeline/read/kept-recordings.js";
export { type IrteBitsDocument, type BitsOfField } from "./query/state/irte-bits.js";
export { type MomentDocument } from "./query/subject/moment-document.js";
export { type SpanOptions } from "./query/subject/span.js";
export { type When, type Moment, WHEN_FORMS, formatTime } from "./query/subject/when.js";
export {
  type AtFilter,
  type AtDocument,
  type AtIrte,
  type AtVcpu,
  type AtIrqfd,
  type AtVm,
  type Unknown,
} from "./query/document/document.js";
export {
  type Frame,
  type FrameIrte,
  type FrameVcpu,
  type FrameRoute,
  type FrameLink,
  type WordsText,
} from "./query/state/frame-document.js";
export {
  type DiffDocument,
  type DiffMoment,
  type DifferenceValue,
  type EntityDifference,
  type FieldDifference,
} from "./query/state/diff.js";
export { type LogOptions, type LogEntry, type LogEntryOf } from "./query/log/log.js";
export { type LogPage, type LogPageOptions } from "./query/log/log-page.js";
export { type LogFilter } from "./query/log/log-filter.js";
export { type VcpuBasis, type VmIdBasis } from "./source/rows.js";
export { type LinkChange } from "./query/log/links.js";
export { type InterruptSaid } from "./query/log/shown-interrupt.js";
export { type EventFunctions } from "./query/subject/functions.js";
export { type FieldBlame, type FieldChange, type IrteField } from "./query/state/changes.js";
export { type FirstSubject, type FirstResult } from "./query/first/first.js";
export { type FirstAnswer } from "./query/first/first-event.js";
export { parseTest, type Test } from "./query/first/predicate.js";
export {
  type AuditOptions,
  type Audit,
  type WriteCount,
  WRITE_GROUPS,
  type WriteGroup,
  isWriteGroup,
} from "./query/sql/writes.js";
export { type Info, type InfoOptions, type InfoRecording } from "./query/info/info.js";
export { type Interrupt } from "./query/info/interrupts.js";
export {
  type FateWindows,
  type InFlightSpans,
  type InterruptRisk,
  type LostInterrupts,
} from "./query/info/risks.js";
export { type Coverage } from "./query/info/coverage.js";
export {
  type CaptureDocument,
  type CpuLoss,
  type RecordedCapture,
  type Refused,
} from "./query/info/capture.js";
export { OwnNames } from "./query/subject/own-names.js";

// # Lanes. What can be drawn over the time, at any level of detail.
export {
  type Lane,
  type LaneGap,
  type LaneGroup,
  type Lanes,
  type LanesOptions,
} from "./query/lanes/lane.js";
export {
  type LaneColumns,
  type LaneIntervals,
  type LaneIntervalsOptions,
  type LaneWindow,
} from "./query/lanes/intervals.js";
export { type Counters, type CounterSeries, type CountersOptions } from "./query/lanes/counters.js";
export { type LaneStep, type LaneStepOptions } from "./query/lanes/lane-step.js";
export { type HostStateOptions } from "./query/carry/host-state.js";
export { type LaneChange, type LastChangesOptions } from "./query/lanes/last-changes.js";
export { type Overview, type OverviewOptions } from "./query/lanes/overview.js";
export { type FindingSpan } from "./query/lanes/finding-spans.js";
export { LANE_FLAGS, LANE_SOURCES, type StateStyle } from "./query/lanes/lane-styles.js";
export { LANE_KINDS, type LaneKind } from "./platforms/lane-kinds.js";
export {
  type LaneFacts,
  type LaneGroupDescription,
  type LaneGroupKind,
  type LaneSubject,
  type LaneKindsTable,
} from "./domain/platform/lanes.js";
export { type StopOptions } from "./twin-options.js";

// # SQL. Views that any SQLite client can read, and how the library reads them.
export {
  type QueryOptions,
  type QueryPage,
  type QueryParameter,
  type QueryParameters,
  type QueryRow,
  type QuerySql,
  type QueryValue,
} from "./query/rows/query.js";
export {
  views,
  type Views,
  type VEvent,
  type VFate,
  type VInterrupt,
  type VRoute,
} from "./query/sql/views.js";
export { type VIrte, type VIrteChange, type VVcpu, type VLink } from "./query/sql/entry-views.js";
export {
  type VFinding,
  type VVm,
  type VHeader,
  type VGap,
  type VRecording,
} from "./query/sql/recording-views.js";
export { type Int64, type RowSource } from "./query/sql/row-values.js";
export { COOKBOOK, type Recipe, type RecipeId } from "./query/sql/cookbook.js";
export { narrowingSql } from "./query/sql/one-recording.js";
export {
  SCHEMA,
  schemaOf,
  type RelationMeaning,
  type ColumnMeaning,
  type ColumnType,
} from "./query/sql/schema.js";

// # Live. What imports commit, as they commit it.
export {
  type LiveUpdate,
  type LiveState,
  type LiveBegan,
  type LiveBatch,
  type LiveComplete,
  type LiveRolledBack,
} from "./live/update.js";
export { type RolledBackWhy } from "./timeline/import/listener.js";
export { type LiveNames } from "./live/names.js";
export { growing } from "./twin-growing.js";
export { type GrowingOptions, type GrowingPart } from "./timeline/import/growing.js";
export { type ChangesOptions, type TimelineChange } from "./timeline/follow/changes.js";

// # Check. Every IRTE write compared with the rules of the recorded kernel, and invariants along the history.
export {
  type CheckOptions,
  type CheckAsyncOptions,
  type GrowingCheckOptions,
  type RestOptions,
  type ExplainOptions,
  type QuoteOptions,
  type TraceLine,
  type TraceLines,
  type TraceLinesOptions,
  type ReportOptions,
  type ExplainedFinding,
  type ExplainedWindow,
} from "./twin-options.js";
export { type GrowingCheck, type GrowingReport } from "./recording/growing.js";
export { checkIds, type CheckId } from "./check/check.js";
export { type Asked, MIN_DECIDED_DEFAULT } from "./check/narrowed.js";
export { type CheckReport, type ReleaseFindings, rulesText } from "./check/report.js";
export { type Finding } from "./check/describe-finding.js";
export { needlessLogsText, type NeedlessLogs } from "./check/needless-logs.js";
export { type DifferingField } from "./domain/amd/irte/differing-fields.js";
export { type IrteFieldName } from "./domain/amd/irte/irte-bits.js";
export { type WriteCounts, type WriteDecision } from "./check/ledger.js";
export { type InvariantCount } from "./check/invariant-runner.js";
export { type DumpCounts } from "./domain/platform/consistency.js";
export { fingerprintOf, type FindingIdentity } from "./check/fingerprint.js";
export { type Severity } from "./domain/platform/invariant.js";
export { type Broken, type Explanation, type Evidence } from "./check/explanation.js";

// # Rewind, drop and verify. A copy that ends at a moment, a recording that goes, and the proof that a history is what was
// imported.
export { type DropOptions, type DropResult } from "./timeline/import/drop.js";
export { type RewindOptions } from "./twin-options.js";
export { type RewindResult } from "./timeline/rewind/rewind.js";
export { type VerifyOptions, type VerifyAsyncOptions } from "./timeline/integrity/verify.js";
export {
  type VerifyReport,
  type VerifyStep,
  type VerifyStepName,
  type VerifyFinding,
  type DroppedPosition,
} from "./timeline/integrity/report.js";
export { type ChainPosition } from "./timeline/integrity/chain.js";

// # Errors. Every public method throws only TwinErrors, and so does every function that reads a file. A function that only
// computes, such as decodeIrte, relies on the types of what it is given.
export { TwinError, type ErrorCode, ERROR_CODES, EXIT } from "./base/errors.js";

// # Bits. The IRTE, the GA tag, the physical ID entry, names. The IRTE and the tag are in `irqtwin/bits` too, which
// needs no file and no Node.
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
export { decodeGaTag, encodeGaTag, type GaTag } from "./domain/amd/irte/ga-tag.js";
export { decodePhysicalId, type PhysicalIdEntry } from "./domain/amd/irte/physical-id.js";
export { inhibitNames } from "./domain/amd/releases/inhibit.js";
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

// # Events and states. What a recording becomes, and the fold that makes states of it.
export {
  EVENT_KINDS,
  type EventKind,
  type EventKindOf,
  type EventKindName,
  KIND,
  kindName,
  type PayloadField,
} from "./domain/events/kinds.js";
export { type TwinEvent, type Batch } from "./domain/events/event.js";
export { payload } from "./domain/events/payload.js";
export {
  type EventPayload,
  type PayloadWords,
  type Shown,
} from "./domain/events/payload-values.js";
export { type ReadPayload } from "./domain/events/stored-event.js";
export { CAUSES, type Cause } from "./domain/events/causes.js";
export { FATE_EFFECTS, fateEffectText, type FateEffect } from "./domain/amd/fate/fate-changes.js";
export { type WindowExplanation, type WindowOptions } from "./check/explain-window.js";
export { FATES, type Fate } from "./domain/platform/fate.js";
export { INTERRUPT_VERDICTS, type InterruptVerdict } from "./domain/platform/interrupt.js";
export {
  type Flavor,
  type FlavoredText,
  type AnyText,
  type Seq,
  type TimeText,
  type IrteName,
  type VcpuName,
  type IrteKey,
  type Since,
  type Stamp,
  type RouteKey,
  type VcpuRow,
  type VmRow,
  irteKey,
  irteOfKey,
} from "./domain/values/ids.js";
export {
  evolve,
  evolveBatch,
  iommuProjection,
  kvmProjection,
  liveState,
} from "./platforms/amd-fold.js";
export {
  emptyState,
  NONE,
  type TwinState,
  type IommuState,
  type IrteState,
  type PendingWrite,
  type KvmState,
  type VmState,
  type VcpuState,
  type IrqfdState,
  type RouteState,
  type RunState,
  type UnnamedInhibits,
} from "./domain/fold/state.js";
export { type Fold } from "./domain/fold/evolve.js";
export { type FoldListeners } from "./domain/fold/folding.js";
export { type IrteListener } from "./domain/fold/iommu-draft.js";
export { type KvmListener } from "./domain/fold/kvm-draft.js";

// # Facts. What irqtwin knows of kernels: releases and their rules, the patches of the series, invariants, known
// bugs, probes.
export {
  RULES,
  RULES_IDS,
  type RulesId,
  type Rules,
  type TagPacking,
  isRulesId,
  rulesOfRelease,
  releasesOf,
  DIFFERENCES,
  type Difference,
  differencesOf,
  type ReleaseRow,
} from "./domain/amd/releases/releases.js";
export { TRANSITIONS, type RuleId } from "./domain/amd/rules/transitions.js";
export { type Transition, type Sees } from "./domain/platform/platform.js";
export { PATCHES, type Patch, type PatchEffect } from "./domain/amd/releases/patches.js";
export { SERIES } from "./domain/amd/releases/commits.js";
export { type Series, type Commit, type Fix } from "./domain/platform/commit.js";
export { INVARIANTS, KNOWN_BUGS } from "./domain/amd/invariants/reference.js";
export { type InvariantId } from "./domain/amd/invariants/invariants.js";
export { type BugId } from "./domain/amd/invariants/known-bugs.js";
export { type ContradictionId } from "./domain/amd/consistency/contradictions.js";
export { type Invariant, type KnownBug } from "./domain/platform/invariant.js";
export {
  FACTS,
  type Fact,
  type FactName,
  LEVELS,
  type Level,
  type ProbeLevel,
} from "./domain/platform/facts.js";
export {
  PROBE,
  PROBES,
  type Probe,
  type ProbeName,
  type NullableColumn,
} from "./domain/amd/probes/probes.js";
export {
  type ProbeRow,
  type ProbeType,
  type FormatEvidence,
  type Judged,
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
  type KnownKernel,
  knownAround,
  servedOn,
  type Served,
} from "./domain/amd/probes/kernels.js";
export { functionsOfCause, functionsOfKind } from "./domain/amd/probes/functions.js";
export { profileNames, isNameOnly } from "./platforms/registry.js";

// # Capture. The script that records on a host.
export { planCapture, type Capture } from "./capture/host/plan-capture.js";
export {
  type CapturePlan,
  type PlannedProbe,
  type PlannedTracepoint,
  type AbsentProbe,
} from "./capture/plan.js";
export { type Open, type Undecidable } from "./capture/plan/undecidable.js";
export { type HostFiles } from "./capture/host/read-host.js";
export { copyLines } from "./capture/host/copy-lines.js";
export {
  bpftraceScript,
  type BpftraceOptions,
  type BpftraceScript,
} from "./capture/bpftrace/script.js";
export { drgnScript } from "./capture/drgn/script.js";
export { captureScript } from "./capture/script/script.js";
export { type ScriptOptions, DEFAULT_OPTIONS } from "./capture/script/options.js";
