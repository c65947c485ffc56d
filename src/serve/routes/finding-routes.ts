// Addresses about findings.

import {
  KNOWN_BUGS,
  MIN_DECIDED_DEFAULT,
  RULES_IDS,
  type CheckReport,
  type Finding,
  type FindingSpan,
  type GrowingReport,
  type KnownBug,
  type RecordingView,
} from "../../index.js";
import { csvPieces, tableOf } from "../api/csv.js";
import { columnsOf, type Columns, type ColumnsMade } from "../api/columns.js";
import { longJson } from "../api/long-json.js";
import { type Query } from "../api/parameters.js";
import {
  checkedFirst,
  costly,
  json,
  recordingOf,
  through,
  type Answer,
  type Asked,
  type Route,
} from "../api/route.js";
import { textStream } from "../api/text-stream.js";

const CSV_COLUMNS = [
  ...([
    "id",
    "severity",
    "kind",
    "rule",
    "invariant",
    "bug",
    "seq",
    "time_ns",
    "line",
    "irte",
  ] as const),
  ...(["vcpu", "times", "title", "fingerprint"] as const),
];

/** The known bugs by id. */
const BUGS: ReadonlyMap<string, KnownBug> = new Map(Object.entries(KNOWN_BUGS));

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/r/:recording/findings",
    summary: "the report of the check, as it was stored or from a new one",
    parameters: {
      rules: {
        type: "text",
        choices: RULES_IDS,
        help: "a rules profile: a new check by these rules, which is not stored and has no spans",
      },
      offset: { type: "count", help: "the first finding, from 0 (default: 0)" },
      limit: { type: "count", help: "how many findings (default: all)" },
      format: {
        type: "text",
        choices: ["json", "csv", "columns"],
        help: "json (default), csv, or columns: the same list, a sixth as long",
      },
    },
    answers:
      "the document of `check --json`; each finding has its span { from_seq, from_ns, to_seq, to_ns }, " +
      "fixed_in: the rules whose kernels do not have its bug any more, and place, which names it by its event: @SEQ, of " +
      "more findings at one event @SEQ.2 and so on; total: how many findings there are without offset and limit. Of a " +
      "recording that grows is_final is false, judged_to is the last event that counts, a span is that of the events " +
      "that prove the finding, and the numbers of findings can change, their places hardly. As columns it has instead of findings columns { NAME: values, or { words, places } where " +
      "words[places[N]] is the Nth }, without what proves a finding; in a title {irte} and {vcpu} stand for the names",
    run: (asked) => {
      if (asked.query.text("rules") !== undefined) return otherFindings(asked);
      return (isGrowing(asked) ? findingsSoFar : ownFindings)(asked);
    },
  },
  {
    method: "GET",
    path: "/r/:recording/findings/:finding",
    summary:
      "a finding, by its number or its place, explained: the events that prove it, as a document, as text, and as a mail",
    parameters: {},
    answers: "explanation, text, mail (lines joined by line feeds)",
    run: checkedFirst(
      costly(async (asked) => {
        const recording = recordingOf(asked);
        const name = asked.path("finding");
        // The list of findings is kept: one of it needs not be looked for.
        const { findings } = isGrowing(asked)
          ? await reportSoFar(asked)
          : await recording.report({ signal: asked.signal });
        const places = placesOf(findings);
        const known = findings.find(({ id }, at) => id === name || places[at] === name);
        const { explanation, text, mail } = await recording.explainQuoted(known ?? name);
        return json({ explanation, text: text.join("\n"), mail: mail.join("\n") });
      }),
    ),
  },
];

/** Is the recording still being imported? */
function isGrowing(asked: Asked): boolean {
  return recordingOf(asked).state === "importing";
}

/** The findings so far, in turns with all else: they take no place from those who ask what is costly. */
async function findingsSoFar(asked: Asked): Promise<Answer> {
  const report = await reportSoFar(asked);
  return listOf(
    { ...withSpans(report, report.spans), spans: undefined, events_judged: undefined },
    asked.query,
  );
}

function reportSoFar(asked: Asked): Promise<GrowingReport> {
  return asked.served.checks.growing.report(recordingOf(asked), asked.signal);
}

/** What names each finding by its event: the first one at an event is `@SEQ`, the next one `@SEQ.2`. */
function placesOf(findings: readonly Pick<Finding, "seq">[]): readonly string[] {
  const counts = new Map<number, number>();
  return findings.map(({ seq }) => {
    const nth = (counts.get(seq) ?? 0) + 1;
    counts.set(seq, nth);
    return nth === 1 ? `@${seq}` : `@${seq}.${nth}`;
  });
}

/** The findings by the recording's own rules. */
const ownFindings = checkedFirst(
  costly(async (asked) => {
    const recording = recordingOf(asked);
    asked.served.checks.growing.forget(recording.id);
    return listOf(await reportOf(recording, asked.signal), asked.query);
  }),
);

/** The findings by other rules: of a large recording a process of its own finds them, which may take its memory. */
const otherFindings = through("rules", judged);

async function judged(asked: Asked): Promise<Answer> {
  const { served, query, signal, target } = asked;
  const recording = recordingOf(asked);
  const bytes = await served.apart.answer({ timeline: served.timeline, recording, target, signal });
  if (bytes !== null) return { ...formOf(query), content: bytes };
  const wanted = { rules: query.text("rules"), minDecided: MIN_DECIDED_DEFAULT };
  return listOf(await recording.checkAsync({ ...wanted, store: false, signal }), query);
}

/** What an answer is in the format that is asked for. */
function formOf(query: Query): { readonly type: string; readonly file?: string } {
  return query.text("format") === "csv"
    ? { type: "text/csv", file: "findings.csv" }
    : { type: "application/json" };
}

/** The part of a report that is asked for, in the format that is asked for. Of a growing one each finding has its span. */
function listOf(
  report: CheckReport & { readonly spans?: undefined; readonly events_judged?: undefined },
  query: Query,
): Answer {
  const { offset, limit } = pageOf(query);
  const total = report.findings.length;
  const findings = report.findings.slice(offset, offset + limit);
  const format = query.text("format");
  if (format === "columns")
    return longJson({ ...report, findings: undefined, ...asColumns(findings), total });
  if (format !== "csv") return longJson({ ...report, findings, total });
  const { columns, rows } = tableOf(CSV_COLUMNS, findings);
  return { ...formOf(query), content: textStream(csvPieces(columns, rows)) };
}

/** Which findings of the list are asked for. */
function pageOf(query: Query): { readonly offset: number; readonly limit: number } {
  return { offset: query.count("offset") ?? 0, limit: query.count("limit") ?? Infinity };
}

/** A finding as the list has it. */
type Listed = Finding & {
  readonly span?: FindingSpan | null;
  readonly fixed_in?: string | null;
  readonly place?: string | null;
};

const COLUMNS: ColumnsMade<Listed> = {
  ...{ id: [({ id }) => id, false], seq: [({ seq }) => seq, false] },
  ...{ time_ns: [({ time_ns }) => time_ns, false], times: [({ times }) => times, false] },
  ...{ severity: [({ severity }) => severity, true], kind: [({ kind }) => kind, true] },
  ...{ rule: [({ rule }) => rule, true], invariant: [({ invariant }) => invariant, true] },
  ...{ bug: [({ bug }) => bug, true], fixed_in: [({ fixed_in }) => fixed_in ?? null, true] },
  ...{ irte: [({ irte }) => irte, true], vcpu: [({ vcpu }) => vcpu, true] },
  place: [({ place }) => place ?? null, false],
  title: [titleOf, true],
  "span.from_seq": [({ span }) => span?.from_seq ?? null, false],
  "span.from_ns": [({ span }) => span?.from_ns ?? null, false],
  "span.to_seq": [({ span }) => span?.to_seq ?? null, false],
  "span.to_ns": [({ span }) => span?.to_ns ?? null, false],
};

/** The title with places for the names, so that findings share it. */
function titleOf({ title, irte, vcpu }: Listed): string {
  const withoutIrte = irte === null ? title : title.replaceAll(irte, "{irte}");
  return vcpu === null ? withoutIrte : withoutIrte.replaceAll(vcpu, "{vcpu}");
}

function asColumns(findings: readonly Listed[]): { readonly columns: Columns } {
  return { columns: columnsOf(findings, COLUMNS) };
}

/** The report, each finding with the span in which it was so, and where its bug is fixed. */
async function reportOf(recording: RecordingView, signal: AbortSignal): Promise<CheckReport> {
  const spans = await recording.findingSpans({ signal });
  const report = await recording.report({ minDecided: MIN_DECIDED_DEFAULT, signal });
  return withSpans(report, spans);
}

function withSpans(report: CheckReport, spans: readonly FindingSpan[]): CheckReport {
  const places = placesOf(report.findings);
  const findings = report.findings.map((finding, at) => ({
    ...finding,
    span: spans[at] ?? null,
    place: places[at] ?? null,
    fixed_in: finding.bug === null ? null : (BUGS.get(finding.bug)?.fixed_in ?? null),
  }));
  return { ...report, findings };
}

/** The addresses of findings. */
export function findingRoutes(): readonly Route[] {
  return ROUTES;
}
