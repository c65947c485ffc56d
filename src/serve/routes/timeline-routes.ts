// Addresses about the timeline as a whole.

import { basename } from "node:path";
import {
  COOKBOOK,
  RULES_IDS,
  SCHEMA,
  isNameOnly,
  type RecordingFacts,
  type RecordingView,
  type Timeline,
} from "../../index.js";
import {
  checkedFirst,
  costly,
  json,
  recordingOf,
  type Answer,
  type Asked,
  type Route,
} from "../api/route.js";

/** The address that the page asks first. `version`: that of irqtwin. */
const timelineRoute = (version: string): Route => ({
  method: "GET",
  path: "/timeline",
  summary: "the timeline and its recordings, oldest first",
  parameters: {
    quick: {
      type: "flag",
      help: "1: what to open with is not looked for: no start, none unchecked",
    },
  },
  answers:
    "start { recording, finding } or null: what to open with; unchecked (the ids of complete recordings whose findings are not known, newest first); version, rules (the profiles that findings can be judged by), instance, file, sha12 (of each recording's file), importing, recordings",
  run: (asked) =>
    asked.query.flag("quick")
      ? factsOf(asked, version, NO_START)
      : costly(async () =>
          factsOf(asked, version, await startOf(asked.served.timeline, asked.signal)),
        )(asked),
});

function factsOf(
  { served: { timeline, session, imports } }: Asked,
  version: string,
  start: Opening,
): Answer {
  return json({
    ...start,
    version,
    rules: RULES_IDS,
    instance: session.instance,
    file: basename(timeline.file),
    importing: imports.current,
    recordings: timeline.recordings().map((recording) => ({
      ...(recording as RecordingFacts),
      sha12: recording.sha256?.slice(0, 12) ?? null,
    })),
  });
}

/** `version`: that of irqtwin. */
export const timelineRoutes = (version: string): readonly Route[] => [
  timelineRoute(version),
  {
    method: "GET",
    path: "/r/:recording/start",
    summary:
      "with what to open a recording: its first safety finding. It is checked where it was not",
    parameters: {},
    answers: "{ recording, finding }, or null",
    run: checkedFirst(
      costly(async (asked) => json(await safetyOf(recordingOf(asked), asked.signal))),
    ),
  },
  {
    method: "POST",
    path: "/link",
    summary: "a new link that opens the page once",
    parameters: {},
    answers: "url",
    run: ({ served: { session, url } }) => json({ url: `${url()}/?token=${session.newLink()}` }),
  },
  {
    method: "GET",
    path: "/schema",
    summary: "the views and tables of SQL, with the meaning of each column",
    parameters: {},
    answers: "a list of relations",
    run: () => json(SCHEMA),
  },
  {
    method: "GET",
    path: "/cookbook",
    summary: "the recipes of SQL",
    parameters: {},
    answers: "a list of recipes",
    run: () => json(COOKBOOK),
  },
];

/** With what to open the page. */
interface Start {
  /** The recording. */
  readonly recording: number;
  /** Its first safety finding. */
  readonly finding: string;
}

/** With what to open the timeline, and what is not known for that. */
interface Opening {
  /** null = with nothing. */
  readonly start: Start | null;
  /** Recordings of which nothing is known, newest first; none where there is a start. */
  readonly unchecked: readonly number[];
}

const NO_START: Opening = { start: null, unchecked: [] };

/**
 * What the page opens with: the first safety finding of the newest recording that is known to have one.
 */
async function startOf(timeline: Timeline, signal: AbortSignal): Promise<Opening> {
  const unchecked: number[] = [];
  const complete = timeline
    .recordings()
    .filter(({ state, superseded_by }) => state === "complete" && superseded_by === null);
  for (const recording of complete.reverse()) {
    if (isNameOnly(recording.platform)) continue;
    const { checked } = await recording.overview({ columns: 1, signal });
    if (!checked) unchecked.push(recording.id);
    const start = checked ? await safetyOf(recording, signal) : null;
    if (start !== null) return { start, unchecked: [] };
  }
  return { start: null, unchecked };
}

/** The first safety finding of a recording; null = it has none. */
async function safetyOf(recording: RecordingView, signal: AbortSignal): Promise<Start | null> {
  if (isNameOnly(recording.platform)) return null;
  const { findings } = await recording.report({ signal });
  const first = findings.find(
    ({ severity, kind }) => severity === "safety" && kind !== "contradiction",
  );
  return first === undefined ? null : { recording: recording.id, finding: first.id };
}
