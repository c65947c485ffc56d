// Addresses about the timeline as a whole.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { COOKBOOK, SCHEMA } from "../../index.js";
import { json, type Route } from "../route.js";

/** `version`: that of irqtwin. */
export const timelineRoutes = (version: string): readonly Route[] => [
  {
    method: "GET",
    path: "/timeline",
    summary: "the timeline and its recordings, oldest first",
    parameters: {},
    answers: "version, instance, file, sha12 (of each recording's file), importing, recordings",
    run: ({ served: { timeline, session, imports } }) =>
      json({
        version,
        instance: session.instance,
        file: basename(timeline.file),
        importing: imports.current,
        recordings: timeline
          .recordings()
          .map((recording) => ({ ...recording, sha12: recording.sha256?.slice(0, 12) ?? null })),
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

/** The version that stands in a package.json. */
export function versionIn(file: URL | string): string {
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return version;
}
