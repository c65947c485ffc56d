// Addresses about the timeline as a whole.

import { basename } from "node:path";
import { COOKBOOK, SCHEMA, isNameOnly, type RecordingFacts, type Timeline } from "../../index.js";
import { json, type Route } from "../api/route.js";

/** `version`: that of irqtwin. */
export const timelineRoutes = (version: string): readonly Route[] => [
  {
    method: "GET",
    path: "/timeline",
    summary: "the timeline and its recordings, oldest first",
    parameters: {},
    answers:
      "start { recording, finding } or null: what to open with; version, instance, file, sha12 (of each recording's file), importing, recordings",
    run: async ({ served: { timeline, session, imports }, signal }) =>
      json({
        start: await startOf(timeline, signal),
        version,
        instance: session.instance,
        file: basename(timeline.file),
        importing: imports.current,
        recordings: timeline.recordings().map((recording) => ({
          ...(recording as RecordingFacts),
          sha12: recording.sha256?.slice(0, 12) ?? null,
        })),
      }),
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

/**
 * What the page opens with: the first safety finding of the newest complete recording, if it was checked; null = nothing
 * is known to be wrong.
 */
async function startOf(
  timeline: Timeline,
  signal: AbortSignal,
): Promise<{ readonly recording: number; readonly finding: string } | null> {
  const newest = timeline.recordings().findLast(({ state }) => state === "complete");
  if (newest === undefined || isNameOnly(newest.platform)) return null;
  const { checked } = await newest.overview({ columns: 1, signal });
  if (!checked) return null;
  const { findings } = await newest.report({ signal });
  const first = findings.find(({ severity }) => severity === "safety");
  return first === undefined ? null : { recording: newest.id, finding: first.id };
}
