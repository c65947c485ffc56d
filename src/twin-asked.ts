// The names of the options that each question takes. A program in JavaScript has no compiler: a name that is misspelt
// would be passed over without a word, and a check would count what it was told to leave out.

import { TwinError } from "./base/errors.js";
import { didYouMean } from "./base/suggest.js";
import { type AtFilter } from "./query/document/document.js";
import { type FirstSubject } from "./query/first/first.js";
import { type InfoOptions } from "./query/info/info.js";
import { type LogOptions } from "./query/log/log.js";
import { type QueryOptions } from "./query/rows/query.js";
import { type AuditOptions } from "./query/sql/writes.js";
import { type SpanOptions } from "./query/subject/span.js";
import { type ChangesOptions } from "./timeline/follow/changes.js";
import { type ImportOptions } from "./timeline/import/options.js";
import { type VerifyAsyncOptions, type VerifyOptions } from "./timeline/integrity/verify.js";
import { type OpenOptions } from "./timeline/open/connection.js";
import {
  type AtOptions,
  type CheckAsyncOptions,
  type CheckOptions,
  type DiffOptions,
  type EventOptions,
  type ExplainOptions,
  type FirstFindingOptions,
  type FirstOptions,
  type IrteOptions,
  type QuoteOptions,
  type RewindOptions,
  type WhenOptions,
} from "./twin-options.js";

/** Every option of a type, and whether it must be given: the compiler sees that none is missing. */
type Names<Options> = { readonly [Name in keyof Options]-?: Must<Options, Name> };
type Must<Options, Name extends keyof Options> = undefined extends Options[Name] ? "may" : "must";

const WHEN: Names<WhenOptions> = { when: "may" };
const SPAN: Names<SpanOptions> = { since: "may", until: "may" };
const FILTER: Names<AtFilter> = { irte: "may", vcpu: "may", vm_id: "may" };
const SUBJECT: Names<FirstSubject> = { irte: "may", vcpu: "may", vm_id: "may" };
const CHECK: Names<CheckOptions> = {
  rules: "may",
  store: "may",
  only: "may",
  except: "may",
  baseline: "may",
  minDecided: "may",
};
const SIGNAL = { signal: "may" } as const;

const NAMES = {
  openTimeline: { readonly: "may", derives: "may", create: "may" } satisfies Names<OpenOptions>,
  import: {
    ...{ name: "may", kernel: "may", rules: "may", supersedes: "may", clockHz: "may" },
    ...{ anchor: "may", onProgress: "may", onBatch: "may", signal: "may" },
  } satisfies Names<ImportOptions>,
  verify: { anchor: "may" } satisfies Names<VerifyOptions>,
  verifyAsync: { anchor: "may", ...SIGNAL } satisfies Names<VerifyAsyncOptions>,
  info: { recording: "may", when: "may", vm_id: "may" } satisfies Names<InfoOptions>,
  query: {
    recording: "may",
    rows: "may",
    seconds: "may",
    bytes: "may",
  } satisfies Names<QueryOptions>,
  changes: { after: "may", everyMs: "may", ...SIGNAL } satisfies Names<ChangesOptions>,
  at: { ...FILTER, ...WHEN } satisfies Names<AtOptions>,
  diff: { ...FILTER, from: "may", to: "may" } satisfies Names<DiffOptions>,
  stateAt: WHEN,
  frameAt: WHEN,
  irteAt: { irte: "must", ...WHEN } satisfies Names<IrteOptions>,
  blame: { irte: "must", ...WHEN } satisfies Names<IrteOptions>,
  log: {
    ...SPAN,
    ...{ irte: "may", device: "may", vcpu: "may", vm_id: "may", irqfd: "may", gsi: "may" },
    ...{ host_irq: "may", task: "may", kind: "may", marker: "may", cause: "may" },
    ...{ limit: "may", reverse: "may" },
  } satisfies Names<LogOptions>,
  changesAt: { seq: "must" } satisfies Names<EventOptions>,
  check: CHECK,
  checkAsync: { ...CHECK, ...SIGNAL } satisfies Names<CheckAsyncOptions>,
  explain: { rules: "may" } satisfies Names<ExplainOptions>,
  explainQuoted: { rules: "may", trace: "may" } satisfies Names<QuoteOptions>,
  // One of the two must be given.
  first: { ...SUBJECT, ...SPAN, tests: "may", only: "may" } satisfies Record<
    keyof FirstOptions | keyof FirstFindingOptions,
    "may"
  >,
  audit: { ...SPAN, by: "may", every: "may" } satisfies Names<AuditOptions>,
  rewind: { ...WHEN, to: "must" } satisfies Names<RewindOptions>,
} as const;

/** A question that takes options. */
export type Question = keyof typeof NAMES;

/** What is given to these may be an event of `log`, which has more than is asked for. */
const TAKES_EVENTS: readonly Question[] = ["changesAt"];

/**
 * The options as they were given. Throws ERR_USAGE for what is no object, for a name that the question does not have,
 * and for one that must be given and is not.
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
  for (const [name, must] of Object.entries(names))
    if (must === "must" && (options as Record<string, unknown>)[name] === undefined)
      throw new TwinError("ERR_USAGE", `${question} needs the option ${name}`);
  return given;
}
