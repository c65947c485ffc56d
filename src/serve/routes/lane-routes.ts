// Addresses that the lanes and the minimap are drawn from.

import { TwinError } from "../../base/errors.js";
import { type LaneIntervals, type LogOptions, type RecordingView } from "../../index.js";
import { bytesOfIntervals } from "../api/binary.js";
import { csvPieces } from "../api/csv.js";
import { longJson } from "../api/long-json.js";
import {
  checkedFirst,
  costly,
  json,
  recordingOf,
  type Asked,
  type Answer,
  type Route,
} from "../api/route.js";
import { textStream } from "../api/text-stream.js";

const FORMAT = ["binary", "json", "csv"] as const;

/** As many rows as an answer may have: each takes about a hundred bytes until it is sent. */
const ROWS_MAX = 200_000;

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/r/:recording/lanes",
    summary:
      "the lanes of a recording in groups, its gaps, every state that a lane can have, and the table of its platform's lanes",
    parameters: {
      quick: { type: "flag", help: "1: what takes a pass over the events is not waited for" },
    },
    answers: "groups, start_ns, end_ns, first_seq, last_seq, gaps, states, table",
    run: costly(async (asked) =>
      longJson(
        await recordingOf(asked).lanes({ quick: asked.query.flag("quick"), signal: asked.signal }),
      ),
    ),
  },
  {
    method: "GET",
    path: "/r/:recording/intervals",
    summary: "what lanes show in a window, at most about one row for each column and lane",
    parameters: {
      lanes: { type: "list", must: true, help: "ids of /lanes, with commas between them" },
      from: { type: "text", help: "begin of the window (default: the first line)" },
      to: { type: "text", help: "its end, exclusive (default: behind the last line)" },
      columns: {
        type: "count",
        help: "columns of the window; 0 (default) = every interval is exact",
      },
      format: { type: "text", choices: FORMAT, help: "binary (default), json or csv" },
    },
    answers:
      `at most ${ROWS_MAX} rows, else ERR_USAGE. ` +
      "binary: a Uint32 with the length of the JSON header behind it (its spaces included, so that the arrays begin at a " +
      "multiple of 8), the header { from, to, columns, bucket, lanes: [{ id, pending, rows, offset, words }] }, then for each lane " +
      "Float64 from, Float64 to (NaN: it goes on), Float64 seq (NaN: none), Uint16 state, Uint16 label, Uint8 source, " +
      "Uint8 flags, Uint32 count, each beginning at a multiple of 8; all numbers are little-endian. pending: the " +
      "findings of a large recording are not known yet (ask again), so the lane has no rows, and as CSV one, of the state " +
      "pending",
    run: costly(intervalsOf),
  },
  {
    method: "GET",
    path: "/r/:recording/overview",
    summary: "the whole recording in columns: events, findings, gaps",
    parameters: {
      columns: { type: "count", help: "how many columns, up to 4096 (default: 512)" },
      quick: { type: "flag", help: "1: findings that nobody has asked for yet are not read" },
    },
    answers:
      "from_ns, to_ns, density, checked (false: findings are not known), findings [{ column, n }], gaps [{ from_column, to_column }]",
    run: costly(async (asked) => {
      const { query, signal } = asked;
      const [columns, quick] = [query.count("columns"), query.flag("quick")];
      return json(await recordingOf(asked).overview({ columns, quick, signal }));
    }),
  },
  {
    method: "GET",
    path: "/r/:recording/counters",
    summary: "IRTE writes by cause, GA log entries, and the share of posted entries, in columns",
    parameters: {
      from: { type: "text", help: "begin of the window (default: the first line)" },
      to: { type: "text", help: "its end, exclusive (default: behind the last line)" },
      columns: { type: "count", help: "columns of the window (default: 256)" },
    },
    answers: "from, to, columns, bucket, series [{ id, unit, parts [{ name, values }] }]",
    run: costly(async (asked) => {
      const { query, signal } = asked;
      return json(
        await recordingOf(asked).counters({
          from: query.text("from"),
          to: query.text("to"),
          columns: query.count("columns"),
          signal,
        }),
      );
    }),
  },
  {
    method: "GET",
    path: "/r/:recording/last-changes",
    summary: "when each lane of a CPU, a vCPU or an IRTE changed last up to a moment",
    parameters: {
      when: {
        type: "text",
        help: "a moment: @SEQ, line:N, start, end (default), seconds with a point, or a whole number of units of the clock",
      },
    },
    answers: "a list of { lane, seq, time_ns }; null where the lane had not changed yet",
    run: costly(async (asked) => {
      const { query, signal } = asked;
      return longJson(await recordingOf(asked).lastChanges({ when: query.when("when"), signal }));
    }),
  },
  {
    method: "GET",
    path: "/r/:recording/next",
    summary: "the next or the previous change of a lane, finding, or event of a subject",
    parameters: {
      kind: { type: "text", must: true, choices: ["change", "finding", "event"], help: "of what" },
      subject: {
        type: "text",
        help: "the id of a lane: must be given with change, may be with event, is not looked at with finding",
      },
      from: { type: "count", must: true, help: "the seq from which on it is looked for" },
      direction: {
        type: "text",
        choices: ["next", "previous"],
        help: "next (default) or previous",
      },
    },
    answers: "{ seq, time_ns }, or null",
    run: (asked) => (asked.query.must("kind") === "finding" ? checkedFirst(nextOf) : nextOf)(asked),
  },
];

async function intervalsOf(asked: Asked): Promise<Answer> {
  const { query, signal } = asked;
  const lanes = query.list("lanes");
  const recording = recordingOf(asked);
  const { timeline, checks } = asked.served;
  const quick =
    lanes.includes("findings") && (await checks.isUnderWay(timeline, recording, signal));
  const intervals = await recording.laneIntervals({
    lanes,
    from: query.text("from"),
    to: query.text("to"),
    columns: query.count("columns"),
    ...{ rows: ROWS_MAX, quick, signal },
  });
  const format = query.text("format") ?? "binary";
  if (format === "json") return longJson(intervals);
  if (format === "csv") {
    const content = textStream(csvPieces(COLUMNS, rowsOf(intervals)));
    return { type: "text/csv", content, file: "lanes.csv" };
  }
  return { type: "application/octet-stream", content: bytesOfIntervals(intervals) };
}

const nextOf = costly(async (asked) => {
  const { query, signal } = asked;
  const kind = query.must("kind");
  const back = query.text("direction") === "previous";
  const seq = query.count("from") ?? 0;
  const recording = recordingOf(asked);
  const subject = query.text("subject") ?? "";
  if (kind === "change" && subject === "")
    throw new TwinError("ERR_USAGE", "subject is missing: with kind=change it names a lane");
  // An event has no lane where no subject is named; of one that there is not there is no event.
  if (kind === "event" && subject !== "") await recording.laneStep({ lane: subject, seq, signal });
  if (kind === "event") return json(nextEvent(recording, subject, seq, back));
  const lane = kind === "finding" ? "findings" : subject;
  return json(await recording.laneStep({ lane, seq, back, signal }));
});

/** The next event of a lane's subject; of a lane that has none, of all. */
function nextEvent(
  recording: RecordingView,
  lane: string,
  seq: number,
  back: boolean,
): { readonly seq: number; readonly time_ns: string } | null {
  const { first_seq, last_seq } = recording;
  const from = back ? first_seq : Math.max(seq + 1, first_seq);
  const to = back ? Math.min(seq - 1, last_seq ?? 0) : (last_seq ?? 0);
  if (from > to) return null;
  const [found] = recording.log({
    ...subjectOf(lane),
    ...{ since: { seq: from }, until: { seq: to }, limit: 1, reverse: !back },
  });
  return found === undefined ? null : { seq: found.seq, time_ns: found.time_ns };
}

/** What the events of a lane's subject are narrowed by. */
function subjectOf(lane: string): LogOptions {
  const name = lane.slice(lane.indexOf(":") + 1);
  if (/^[\da-f]{4}:/.test(name)) return { irte: name };
  if (/^vm\d+\/vcpu\d+$/.test(name)) return { vcpu: name };
  const vm = /^vm(\d+)$/.exec(name)?.[1];
  return vm === undefined ? {} : { vm_id: Number(vm) };
}

const COLUMNS = ["lane", "from", "to", "seq", "state", "label", "source", "flags", "count"];

/** Rows with times of the recording's clock. */
function* rowsOf({ from, to, lanes }: LaneIntervals): Generator<readonly unknown[], undefined> {
  const start = BigInt(from);
  const timeOf = (units: number | null): string | null =>
    units === null ? null : String(start + BigInt(units));
  for (const { id, pending, words, rows } of lanes) {
    if (pending) yield [id, from, to, null, "pending", "not checked yet", "unknown", 0, 1];
    for (const [at, begin] of rows.from.entries())
      yield [
        ...[id, timeOf(begin), timeOf(rows.to[at] ?? null), rows.seq[at]],
        ...[words[rows.state[at] ?? -1], words[rows.label[at] ?? -1]],
        ...[SOURCES[rows.source[at] ?? -1], rows.flags[at], rows.count[at]],
      ];
  }
  return undefined;
}

const SOURCES = ["observed", "predicted", "unknown"];

/** The addresses of lanes. */
export function laneRoutes(): readonly Route[] {
  return ROUTES;
}
