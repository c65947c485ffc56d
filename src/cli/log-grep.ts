// `log --grep`: the events of the lines of the trace that have a text in them.

import { type LogEntry, type LogOptions, type RecordingView } from "../index.js";

const PAGE_EVENTS = 500;

/**
 * The events of lines that have a text in them, in the order that is asked for, read in pages. Throws as `logPage` does:
 * ERR_NO_SUCH_FILE where the trace itself is not found.
 */
export async function* entriesWith(
  recording: RecordingView,
  grep: string,
  { reverse = false, limit = Infinity, ...filter }: LogOptions,
): AsyncGenerator<LogEntry> {
  const { total } = await recording.logPage({ ...filter, grep, limit: 0 });
  const wanted = Math.min(total, limit);
  for (let given = 0; given < wanted; given += PAGE_EVENTS) {
    const size = Math.min(PAGE_EVENTS, wanted - given);
    const offset = reverse ? given : total - given - size;
    const { events } = await recording.logPage({ ...filter, grep, offset, limit: size });
    yield* reverse ? events : events.toReversed();
  }
}
