// Addresses about findings.

import {
  KNOWN_BUGS,
  RULES_IDS,
  type CheckReport,
  type KnownBug,
  type RecordingView,
} from "../../index.js";
import { csvOf, tableOf } from "../api/csv.js";
import { checkedOf, json, recordingOf, type Route } from "../api/route.js";

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
      format: { type: "text", choices: ["json", "csv"], help: "json (default) or csv" },
    },
    answers:
      "the document of `check --json`; each finding has its span { from_seq, from_ns, to_seq, to_ns }, " +
      "and fixed_in: the rules whose kernels do not have its bug any more",
    run: async (asked) => {
      const rules = asked.query.text("rules");
      const { signal } = asked;
      const report =
        rules === undefined
          ? await reportOf(await checkedOf(asked), signal)
          : await recordingOf(asked).checkAsync({ rules, store: false, signal });
      if (asked.query.text("format") !== "csv") return json(report);
      const content = csvOf(tableOf(CSV_COLUMNS, report.findings));
      return { type: "text/csv", content, file: "findings.csv" };
    },
  },
  {
    method: "GET",
    path: "/r/:recording/findings/:finding",
    summary: "a finding explained: the events that prove it, as a document, as text, and as a mail",
    parameters: {},
    answers: "explanation, text, mail (lines joined by line feeds)",
    run: async (asked) => {
      const recording = await checkedOf(asked);
      const { explanation, text, mail } = await recording.explainQuoted(asked.path("finding"));
      return json({ explanation, text: text.join("\n"), mail: mail.join("\n") });
    },
  },
];

/** The report, each finding with the span in which it was so, and where its bug is fixed. */
async function reportOf(recording: RecordingView, signal: AbortSignal): Promise<CheckReport> {
  const spans = await recording.findingSpans({ signal });
  const report = await recording.report({ signal });
  const findings = report.findings.map((finding, at) => ({
    ...finding,
    span: spans[at] ?? null,
    fixed_in: finding.bug === null ? null : (BUGS.get(finding.bug)?.fixedIn ?? null),
  }));
  return { ...report, findings };
}

/** The addresses of findings. */
export function findingRoutes(): readonly Route[] {
  return ROUTES;
}
