// Addresses about lines of the trace.

import { HttpError } from "../api/http-error.js";
import { json, recordingOf, type Route } from "../api/route.js";

/** Readings of a trace that run at once: each reads a whole file. */
const READINGS_MAX = 8;

/** The address of lines, with a count of the readings that run. */
export function lineRoutes(): readonly Route[] {
  let running = 0;
  return [
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
      run: async (asked) => {
        const { query, signal } = asked;
        const wanted = { line: query.count("line") ?? 0, around: query.count("around"), signal };
        if (running >= READINGS_MAX) throw new HttpError("ERR_TOO_MANY");
        running++;
        const reading = recordingOf(asked).traceLines(wanted);
        return json(
          await reading.finally(() => {
            running--;
          }),
        );
      },
    },
  ];
}
