// Addresses about lines of the trace.

import { json, recordingOf, through, type Route } from "../api/route.js";

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/r/:recording/lines",
    summary: "a line of the trace file and those around it, as they stand there",
    parameters: {
      line: { type: "count", help: "the number of the line, from 1" },
      around: {
        type: "count",
        help: "so many lines before and after it, up to 1000 (default: 5)",
      },
    },
    answers:
      "lines [{ line, text }], file, and problem: why no line can be read, such as that the trace is not there any more",
    run: through("traces", async (asked) => {
      const { query, signal } = asked;
      const wanted = { line: query.count("line") ?? 0, around: query.count("around"), signal };
      return json(await recordingOf(asked).traceLines(wanted));
    }),
  },
];

/** The address of lines. */
export function lineRoutes(): readonly Route[] {
  return ROUTES;
}
