// What is committed to the timeline, as it is committed, whichever process imports.

import { type TimelineChange } from "../../index.js";
import { EVENT_STREAM, eventStream, type StreamMessage } from "../api/event-stream.js";
import { HttpError, answerOf } from "../api/http-error.js";
import { type Asked, type Route } from "../api/route.js";

/** Pages that follow at once. */
const FOLLOWERS_MAX = 16;

/** The address, with a count of those who follow. */
export function liveRoutes(): readonly Route[] {
  const followers = { count: 0 };
  return [
    {
      method: "GET",
      path: "/live",
      summary: "what is committed from now on, or after the event that Last-Event-ID names",
      parameters: {
        after: { type: "count", help: "instead of Last-Event-ID: the last event that is known" },
      },
      answers:
        "server-sent events with the last seq as their id: began, events { recording_id, first_seq, last_seq, last_ns, " +
        "count }, complete, removed, dropped",
      run: (asked) => {
        if (followers.count >= FOLLOWERS_MAX) throw new HttpError("ERR_TOO_MANY");
        const content = eventStream(followed(asked, followers), (error) => answerOf(error).body);
        return { type: EVENT_STREAM, content };
      },
    },
  ];
}

async function* followed(
  { served, query, header, signal }: Asked,
  followers: { count: number },
): AsyncGenerator<StreamMessage> {
  const last = header("last-event-id");
  const after =
    query.count("after") ??
    (last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : undefined);
  followers.count++;
  try {
    for await (const change of served.timeline.changes({ after, signal })) yield messageOf(change);
  } finally {
    followers.count--;
  }
}

/** A change without its events: the page asks for what it shows. */
function messageOf(change: TimelineChange): StreamMessage {
  const { kind, recording_id } = change;
  if (kind !== "events") return { event: kind, data: { recording_id } };
  const [first] = change.batch;
  const last = change.batch.at(-1);
  const last_ns =
    last === undefined ? null : String(BigInt(last.billions) * 1_000_000_000n + BigInt(last.rest));
  const data = {
    ...{ recording_id, first_seq: first?.seq ?? null, last_seq: last?.seq ?? null, last_ns },
    count: change.batch.length,
  };
  return { event: kind, data, id: String(last?.seq ?? 0) };
}
