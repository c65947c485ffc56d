// The names of the options that each question takes. A program in JavaScript has no compiler: a name that is misspelt
// would be passed over without a word, and a check would count what it was told to leave out.

import { TwinError } from "./base/errors.js";
import { didYouMean } from "./base/suggest.js";
import { type WindowOptions } from "./check/explain-window.js";
import { type HostStateOptions } from "./query/carry/host-state.js";
import { type AtFilter } from "./query/document/document.js";
import { type FirstSubject } from "./query/first/first.js";
import { type InfoOptions } from "./query/info/info.js";
import { type LogOptions } from "./query/log/log.js";
import { type LaneIntervalsOptions } from "./query/lanes/intervals.js";
import { type OverviewOptions } from "./query/lanes/overview.js";
import { type CountersOptions } from "./query/lanes/counters.js";
import { type LaneStepOptions } from "./query/lanes/lane-step.js";
import { type LastChangesOptions } from "./query/lanes/last-changes.js";
import { type LanesOptions } from "./query/lanes/lane.js";
import { type LogPageOptions } from "./query/log/log-page.js";
import { type QueryOptions } from "./query/rows/query.js";
import { type AuditOptions } from "./query/sql/writes.js";
import { type SpanOptions } from "./query/subject/span.js";
import { type ChangesOptions } from "./timeline/follow/changes.js";
import { type GrowingOptions } from "./timeline/import/growing.js";
import { type DropOptions } from "./timeline/import/drop.js";
import { type JoinOptions } from "./timeline/import/join.js";
import { type ImportOptions } from "./timeline/import/options.js";
import { type SourcePart } from "./timeline/read/kept-recordings.js";
import { isInputNote } from "./timeline/read/notes.js";
import { type VerifyAsyncOptions, type VerifyOptions } from "./timeline/integrity/verify.js";
import { type OpenOptions } from "./timeline/open/connection.js";
import {
  type AtAsyncOptions,
  type AtOptions,
  type CheckAsyncOptions,
  type CheckOptions,
  type DiffAsyncOptions,
  type DiffOptions,
  type EventOptions,
  type ExplainOptions,
  type FirstFindingOptions,
  type FirstOptions,
  type GrowingCheckOptions,
  type IrteAsyncOptions,
  type IrteOptions,
  type QuoteOptions,
  type ReportOptions,
  type RestOptions,
  type RewindOptions,
  type TraceLinesOptions,
  type WhenOptions,
} from "./twin-options.js";

/** Every option of a type, and whether it must be given: the compiler sees that none is missing. */
type Names<Options> = { readonly [Name in keyof Options]-?: Must<Options, Name> };
type Must<Options, Name extends keyof Options> = undefined extends Options[Name] ? "may" : "must";

const WHEN: Names<WhenOptions> = { when: "may" };
const SPAN: Names<SpanOptions> = { since: "may", until: "may" };
const FILTER: Names<AtFilter> = { irte: "may", vcpu: "may", vm_id: "may" };
const SUBJECT: Names<FirstSubject> = { irte: "may", vcpu: "may", vm_id: "may" };
const LOG_FILTER: Names<Omit<LogOptions, "limit" | "reverse">> = {
  ...SPAN,
  ...{ irte: "may", device: "may", vcpu: "may", vm_id: "may", irqfd: "may", gsi: "may" },
  ...{ host_irq: "may", task: "may", kind: "may", marker: "may", cause: "may", fate: "may" },
  verdict: "may",
};
const GROWING_CHECK: Names<GrowingCheckOptions> = {
  ...{ rules: "may", only: "may", except: "may", baseline: "may", minDecided: "may" },
};
const CHECK: Names<CheckOptions> = {
  ...{ rules: "may", store: "may" },
  ...GROWING_CHECK,
  unfinished: "may",
};
const SIGNAL = { signal: "may" } as const;

const NAMES = {
  openTimeline: { readonly: "may", derives: "may", create: "may" } satisfies Names<OpenOptions>,
  import: {
    ...{ name: "may", kernel: "may", rules: "may", supersedes: "may", clockHz: "may" },
    ...{
      anchor: "may",
      sort: "may",
      redact: "may",
      redactKey: "may",
      onProgress: "may",
      onBatch: "may",
      part: "may",
      notes: "may",
      threads: "may",
      signal: "may",
    },
  } satisfies Names<ImportOptions>,
  drop: { why: "may", rest: "may", ...SIGNAL } satisfies Names<DropOptions>,
  verify: { anchor: "may" } satisfies Names<VerifyOptions>,
  verifyAsync: { anchor: "may", ...SIGNAL } satisfies Names<VerifyAsyncOptions>,
  info: { recording: "may", when: "may", vm_id: "may" } satisfies Names<InfoOptions>,
  query: {
    recording: "may",
    rows: "may",
    seconds: "may",
    bytes: "may",
    ...SIGNAL,
  } satisfies Names<QueryOptions>,
  changes: { after: "may", everyMs: "may", ...SIGNAL } satisfies Names<ChangesOptions>,
  growing: {
    everyMs: "may",
    fromByte: "may",
    fromByteOf: "may",
    ...SIGNAL,
  } satisfies Names<GrowingOptions>,
  joined: { offset: "may", ...SIGNAL } satisfies Names<JoinOptions>,
  at: { ...FILTER, ...WHEN } satisfies Names<AtOptions>,
  atAsync: { ...FILTER, ...WHEN, ...SIGNAL } satisfies Names<AtAsyncOptions>,
  hostState: { untouched: "may" } satisfies Names<HostStateOptions>,
  diff: { ...FILTER, from: "may", to: "may" } satisfies Names<DiffOptions>,
  diffAsync: { ...FILTER, from: "may", to: "may", ...SIGNAL } satisfies Names<DiffAsyncOptions>,
  stateAt: WHEN,
  frameAt: WHEN,
  irteAt: { irte: "must", ...WHEN } satisfies Names<IrteOptions>,
  blame: { irte: "must", ...WHEN } satisfies Names<IrteOptions>,
  logPage: {
    ...LOG_FILTER,
    ...{ grep: "may", offset: "may", fromSeq: "may", around: "may", limit: "may" },
    ...SIGNAL,
  } satisfies Names<LogPageOptions>,
  report: { ...SIGNAL, minDecided: "may" } satisfies Names<ReportOptions>,
  log: { ...LOG_FILTER, limit: "may", reverse: "may" } satisfies Names<LogOptions>,
  changesAt: { seq: "must" } satisfies Names<EventOptions>,
  check: CHECK,
  growingCheck: GROWING_CHECK,
  growingReport: { ...SIGNAL, rest: "may" } satisfies Names<RestOptions>,
  checkAsync: { ...CHECK, ...SIGNAL, rest: "may" } satisfies Names<CheckAsyncOptions>,
  explain: { rules: "may" } satisfies Names<ExplainOptions>,
  explainWindow: { irte: "must", seq: "must" } satisfies Names<WindowOptions>,
  traceLines: {
    ...{ line: "must", around: "may", trace: "may", signal: "may" },
  } satisfies Names<TraceLinesOptions>,
  explainQuoted: { rules: "may", trace: "may" } satisfies Names<QuoteOptions>,
  // One of the two must be given.
  first: { ...SUBJECT, ...SPAN, tests: "may", only: "may" } satisfies Record<
    keyof FirstOptions | keyof FirstFindingOptions,
    "may"
  >,
  audit: { ...SPAN, by: "may", every: "may" } satisfies Names<AuditOptions>,
  lanes: { quick: "may", ...SIGNAL } satisfies Names<LanesOptions>,
  findingSpans: SIGNAL,
  laneIntervals: {
    ...{ lanes: "must", from: "may", to: "may", columns: "may", rows: "may", quick: "may" },
    ...SIGNAL,
  } satisfies Names<LaneIntervalsOptions>,
  counters: { from: "may", to: "may", columns: "may", ...SIGNAL } satisfies Names<CountersOptions>,
  laneStep: { lane: "must", seq: "must", back: "may", ...SIGNAL } satisfies Names<LaneStepOptions>,
  lastChanges: { ...WHEN, ...SIGNAL } satisfies Names<LastChangesOptions>,
  irteBits: { irte: "must", ...WHEN } satisfies Names<IrteOptions>,
  irteBitsAsync: { irte: "must", ...WHEN, ...SIGNAL } satisfies Names<IrteAsyncOptions>,
  moment: WHEN,
  overview: { columns: "may", quick: "may", ...SIGNAL } satisfies Names<OverviewOptions>,
  rewind: {
    ...WHEN,
    ...SIGNAL,
    to: "must",
    redact: "may",
    redactKey: "may",
  } satisfies Names<RewindOptions>,
} as const;

/** A question that takes options. */
export type Question = keyof typeof NAMES;

/** What a value must be: the test, and the words for it. */
type Kind = readonly [holds: (value: unknown) => boolean, says: string];

const isWhole = (value: unknown, from: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= from;
const TEXT: Kind = [(value) => typeof value === "string", "a text"];
const FLAG: Kind = [(value) => typeof value === "boolean", "true or false"];
const FROM_0: Kind = [(value) => isWhole(value, 0), "a whole number from 0"];
const FROM_1: Kind = [(value) => isWhole(value, 1), "a whole number from 1"];
const CALL: Kind = [(value) => typeof value === "function", "a function"];
const NUMBER: Kind = [(value) => typeof value === "number", "a number"];
const MOMENT: Kind = [
  (value) => ["string", "bigint", "object"].includes(typeof value) && value !== null,
  "a moment: text, a bigint of nanoseconds, or { seq }",
];
const TEXTS: Kind = [
  (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  "a list of texts",
];
const isPath = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && !value.includes("\0");
const PATH: Kind = [isPath, "the path of a file"];
const BYTES: Kind = [(value) => value instanceof Uint8Array, "a Uint8Array"];
const SIGNALS: Kind = [(value) => value instanceof AbortSignal, "an AbortSignal"];

/** What the value of an option must be; of a question where its option of that name is another than elsewhere. */
const KINDS: Readonly<Record<string, Kind>> = {
  ...{
    readonly: FLAG,
    derives: FLAG,
    create: FLAG,
    store: FLAG,
    reverse: FLAG,
    sort: FLAG,
    redact: FLAG,
    redactKey: BYTES,
    quick: FLAG,
    unfinished: FLAG,
  },
  ...{
    name: TEXT,
    kernel: TEXT,
    rules: TEXT,
    trace: TEXT,
    to: PATH,
    every: TEXT,
    by: TEXT,
    why: TEXT,
  },
  ...{ irte: TEXT, vcpu: TEXT, device: TEXT, irqfd: TEXT, task: TEXT, kind: TEXT, cause: TEXT },
  ...{
    marker: TEXT,
    grep: TEXT,
    fate: TEXT,
    verdict: TEXT,
    anchor: TEXT,
    tests: TEXTS,
    only: TEXTS,
    except: TEXTS,
    "joined.offset": TEXTS,
  },
  ...{
    lanes: TEXTS,
    columns: FROM_0,
    "laneIntervals.from": TEXT,
    "laneIntervals.to": TEXT,
    "counters.from": TEXT,
    "counters.to": TEXT,
    lane: TEXT,
    back: FLAG,
  },
  ...{ vm_id: FROM_0, gsi: FROM_0, host_irq: FROM_0, recording: FROM_1, supersedes: FROM_1 },
  ...{
    limit: FROM_0,
    rest: FROM_0,
    offset: FROM_0,
    fromSeq: FROM_0,
    around: FROM_0,
    seq: FROM_0,
    after: FROM_0,
    everyMs: FROM_1,
    fromByte: FROM_0,
    clockHz: FROM_1,
    threads: FROM_1,
  },
  ...{ rows: NUMBER, bytes: NUMBER, seconds: NUMBER, minDecided: NUMBER, line: NUMBER },
  ...{ when: MOMENT, since: MOMENT, until: MOMENT, from: MOMENT, "diff.to": MOMENT },
  ...{ onProgress: CALL, onBatch: CALL, part: CALL, fromByteOf: CALL, signal: SIGNALS },
  untouched: [(value) => typeof value === "bigint" && value >= 0n, "a bigint from 0n"],
  notes: [
    (value) => Array.isArray(value) && value.every(isInputNote),
    "a list of notes, each with its kind and its lines",
  ],
  "import.anchor": [
    (value) => typeof value === "object" && value !== null && "file" in value,
    "an object with the file of the dump",
  ],
};

/** What is given to these may be an event of `log`, which has more than is asked for. */
const TAKES_EVENTS: readonly Question[] = ["changesAt"];

/**
 * The options as they were given. Throws ERR_USAGE for what is no object, for a name that the question does not have,
 * for one that must be given and is not, and for a value of another kind.
 */
export function asked<Options extends object>(question: Question, given: Options): Options {
  const names: Readonly<Record<string, "may" | "must">> = NAMES[question];
  const known = Object.keys(names);
  const options: unknown = given;
  if (typeof options !== "object" || options === null)
    throw new TwinError(
      "ERR_USAGE",
      `${question} takes an object of options, not ${String(options)}`,
    );
  for (const name of Object.keys(options))
    if (!known.includes(name) && !TAKES_EVENTS.includes(question))
      throw new TwinError(
        "ERR_USAGE",
        `${question} has no option ${name}${didYouMean(name, known)}: there are ${known.join(", ")}`,
      );
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) continue;
    const [holds, says] = KINDS[`${question}.${name}`] ?? KINDS[name] ?? [() => true, ""];
    if (value !== undefined && !holds(value))
      throw new TwinError("ERR_USAGE", `${question}: ${name} must be ${says}, not ${shown(value)}`);
  }
  for (const [name, must] of Object.entries(names))
    if (must === "must" && (options as Record<string, unknown>)[name] === undefined)
      throw new TwinError("ERR_USAGE", `${question} needs \`${name}\``);
  return given;
}

/** What is asked of the recording of this number. Throws ERR_USAGE where it is no number of one. */
export function askedRecording(id: number | undefined): number | undefined {
  if (id === undefined || isWhole(id, 1)) return id;
  throw new TwinError("ERR_USAGE", `a recording has a number from 1, not ${shown(id)}`);
}

/** The path of a file. Throws ERR_USAGE where it is none; `says` is what the file is for. */
export function askedPath(says: string, path: string): string {
  if (isPath(path)) return path;
  throw new TwinError("ERR_USAGE", `${says}: ${shown(path)} names none`);
}

/** Throws ERR_USAGE for what is no list; `says` is what the list is for. */
export function refuseNoList(says: string, list: unknown): void {
  if (!Array.isArray(list)) throw new TwinError("ERR_USAGE", `${says}: ${shown(list)} is no list`);
}

/** A name. Throws ERR_USAGE where it is no text; `says` is what has the name. */
export function askedName(says: string, name: string): string {
  const given: unknown = name;
  if (typeof given === "string") return given;
  throw new TwinError("ERR_USAGE", `${says}: ${shown(given)} is no name`);
}

/** A finding, or its number. Throws ERR_USAGE for anything else. */
export function askedFinding<Finding>(finding: Finding | string): Finding | string {
  if (typeof finding === "string") return finding;
  const given: unknown = finding;
  if (typeof given === "object" && given !== null && "seq" in given && "evidence" in given)
    return finding;
  throw new TwinError("ERR_USAGE", `${shown(given)} is no finding of a report, and no F1`);
}

const PART: Kind = [
  (value) => {
    const { from_byte, to_byte, tail_sha256 } = Object(value) as Record<string, unknown>;
    return isWhole(from_byte, 0) && isWhole(to_byte, 0) && typeof tail_sha256 === "string";
  },
  "an object with from_byte, to_byte and tail_sha256",
];
const BYTE: Kind = [(value) => value === null || isWhole(value, 0), "null or the number of a byte"];

/**
 * What the option `part` of an import answers. Throws ERR_USAGE where it throws, with what it threw as the cause, and
 * where it answers something else.
 */
export function askedPart(part: () => SourcePart): SourcePart {
  try {
    return checkedAnswer("import: part", part(), PART);
  } catch (error) {
    throw ofCallback("import: part", error);
  }
}

/** What the option `fromByteOf` of `growing` answers for a file. Throws as `askedPart` does. */
export async function askedByte(
  fromByteOf: (path: string) => Promise<number | null>,
  path: string,
): Promise<number | null> {
  try {
    return checkedAnswer("growing: fromByteOf", await fromByteOf(path), BYTE);
  } catch (error) {
    throw ofCallback("growing: fromByteOf", error);
  }
}

function checkedAnswer<Answer>(name: string, answer: Answer, [holds, says]: Kind): Answer {
  if (holds(answer)) return answer;
  throw new TwinError("ERR_USAGE", `${name} must answer ${says}, not ${shown(answer)}`);
}

function ofCallback(name: string, thrown: unknown): TwinError {
  if (thrown instanceof TwinError) return thrown;
  const says = thrown instanceof Error ? thrown.message : String(thrown);
  return new TwinError("ERR_USAGE", `${name} failed: ${says}`, { cause: thrown });
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
