// Addresses about moments of a recording: the state, what differs, who wrote it.

import { type AtFilter, type Audit, type WriteCount } from "../../index.js";
import { csvOf, tableOf } from "../api/csv.js";
import { costly, json, recordingOf, type Answer, type Asked, type Route } from "../api/route.js";
import { longJson } from "../api/long-json.js";
import { type Parameters, type Query } from "../api/parameters.js";
import { firstOf, relatedTo } from "../api/part-of-state.js";

const WHEN = {
  type: "text",
  help: "a moment: @SEQ, line:N, start, end, seconds with a point, or a whole number of units of the clock",
} as const;

const FILTER: Parameters = {
  irte: { type: "text", help: "only this IRTE" },
  vcpu: { type: "text", help: "only this vCPU" },
  vm_id: { type: "count", help: "only this VM" },
};

const SPAN: Parameters = {
  since: { ...WHEN, help: "only events from this moment on" },
  until: { ...WHEN, help: "only events up to this moment" },
};

const AUDIT_COLUMNS = [
  ...(["key", "writes", "unchanged", "not_allowed", "undecided", "irtes"] as const),
  ...(["first_ns", "last_ns"] as const),
];

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/r/:recording/info",
    summary: "what the recording can tell, and how far it can be trusted",
    parameters: { when: WHEN, vm_id: { type: "count", help: "only this VM" } },
    answers: "the document of `info --json`",
    run: infoOf,
  },
  {
    method: "GET",
    path: "/r/:recording/capture",
    summary: "what the header of the recording says of how it was made, at once",
    parameters: {},
    answers: "recording_id, and capture, as `info --json` has it",
    run: (asked) => json(recordingOf(asked).capture()),
  },
  {
    method: "GET",
    path: "/r/:recording/at",
    summary: "the state as of a moment",
    parameters: {
      when: WHEN,
      ...FILTER,
      related: {
        type: "flag",
        help: "1: with irte also its irqfds, the vCPUs that it posts to or that list it, and their VMs; with vcpu also its VM, and the entries that post to it",
      },
      limit: { type: "count", help: "at most so many of each list (default: all)" },
    },
    answers:
      "the document of `at --json`; with related or limit also total { irtes, vcpus, irqfds, vms }: how many the whole has",
    run: costly(stateOf),
  },
  {
    method: "GET",
    path: "/r/:recording/moment",
    summary: "what a WHEN means",
    parameters: { when: WHEN },
    answers: "seq, time_ns, line",
    run: (asked) => json(recordingOf(asked).moment({ when: asked.query.when("when") })),
  },
  {
    method: "GET",
    path: "/r/:recording/blame",
    summary: "for each field of an IRTE the change that set it, and all bits with their fields",
    parameters: { irte: { type: "text", must: true, help: "the IRTE" }, when: WHEN },
    answers:
      "seq, time_ns, irte, lo, hi, since_seq, fields (as `blame --json`), bits [{ field, high, low, unit, meaning, " +
      "value, flipped }], expected { lo, hi } where a finding says what the last write should have been",
    run: costly(async (asked) => {
      const { query, signal } = asked;
      const recording = recordingOf(asked);
      const one = { irte: query.must("irte"), when: query.when("when") };
      const { seq, time_ns } = recording.moment({ when: one.when });
      const fields = recording.blame(one);
      const bits = await recording.irteBitsAsync({ ...one, signal });
      const { checked } = await recording.overview({ columns: 1, signal });
      const findings = checked ? (await recording.report({ signal })).findings : [];
      const wrong = findings.find(
        (finding) => finding.irte === bits.irte && finding.seq === bits.since_seq,
      );
      return json({ seq, time_ns, ...bits, fields, expected: wrong?.expected ?? null });
    }),
  },
  {
    method: "GET",
    path: "/r/:recording/diff",
    summary: "what differs between two moments",
    parameters: { from: WHEN, to: WHEN, ...FILTER },
    answers: "the document of `diff --json`",
    run: costly(async (asked) => {
      const { query, signal } = asked;
      const span = { from: query.when("from"), to: query.when("to") };
      return longJson(await recordingOf(asked).diffAsync({ ...span, ...filterOf(query), signal }));
    }),
  },
  {
    method: "GET",
    path: "/r/:recording/audit",
    summary: "IRTE writes counted by task, cause, device, irte, vcpu or interval",
    parameters: {
      by: { type: "text", help: "task, cause, device, irte, vcpu or interval" },
      every: { type: "text", help: "the length of an interval, such as 100ms" },
      ...SPAN,
      format: { type: "text", choices: ["json", "csv"], help: "json (default) or csv" },
    },
    answers: "sql, and rows: the groups of `audit --json`",
    run: async (asked) => {
      const { query } = asked;
      const audit = await auditOf(asked);
      if (query.text("format") !== "csv") return json(audit);
      const content = csvOf(tableOf(AUDIT_COLUMNS, audit.rows));
      return { type: "text/csv", content, file: `audit-${query.text("by") ?? "cause"}.csv` };
    },
  },
];

function filterOf(query: Query): AtFilter {
  return {
    irte: query.text("irte"),
    vcpu: query.text("vcpu"),
    vm_id: query.count("vm_id"),
  };
}

async function stateOf(asked: Asked): Promise<Answer> {
  const { query, signal } = asked;
  const recording = recordingOf(asked);
  const when = query.when("when");
  const filter = filterOf(query);
  const isRelated =
    query.flag("related") && (filter.irte !== undefined || filter.vcpu !== undefined);
  const limit = query.count("limit");
  // What belongs to a subject is found in the whole state.
  const wanted = isRelated ? { vm_id: filter.vm_id } : filter;
  const document = await recording.atAsync({ when, ...wanted, signal });
  const part = isRelated ? relatedTo(document, filter) : document;
  // What is not there by then, or nowhere, is told as of the subject alone.
  if (isRelated && part.irtes.length + part.vcpus.length === 0)
    return longJson(await recording.atAsync({ when, ...filter, signal }));
  return longJson(limit === undefined ? part : firstOf(part, limit));
}

async function infoOf(asked: Asked): Promise<Answer> {
  const { served, query, signal } = asked;
  const { timeline, apart } = served;
  const recording = recordingOf(asked);
  const [when, vm_id] = [query.when("when"), query.count("vm_id")];
  const options = { at: when, vm: vm_id };
  const lines = await apart.lines({ timeline, recording, command: "info", options, signal });
  if (lines !== null) return { type: "application/json", content: lines.join("") };
  return costly(() => json(timeline.info({ recording: recording.id, when, vm_id })))(asked);
}

async function auditOf(asked: Asked): Promise<Audit> {
  const { served, query, signal } = asked;
  const { timeline, apart } = served;
  const recording = recordingOf(asked);
  const [by, every] = [query.text("by"), query.text("every")];
  const span = { since: query.when("since"), until: query.when("until") };
  const question = { timeline, recording, command: "audit", signal };
  const options = { by, every, ...span };
  const told = await apart.lines({ ...question, options: { ...options, sql: true } });
  const rows = told === null ? null : await apart.lines({ ...question, options });
  if (told !== null && rows !== null) {
    const { sql } = JSON.parse(told.join("")) as Pick<Audit, "sql">;
    return { sql, rows: rows.map(countOf) };
  }
  const leave = await served.gates.questions.enter(signal);
  try {
    // The library refuses a `by` that is none.
    return recording.audit({ ...(by === undefined ? {} : { by: by as "task" }), every, ...span });
  } finally {
    leave();
  }
}

/** A group as the command line prints it, without what it is counted by. */
function countOf(line: string): WriteCount {
  return JSON.parse(line, (name, value: unknown) =>
    name === "by" ? undefined : value,
  ) as WriteCount;
}

/** The addresses of moments. */
export function momentRoutes(): readonly Route[] {
  return ROUTES;
}
