// What a tooltip says that the lanes do not hold: who made a change, and of what a merged column is made. It is asked for
// when a tooltip is shown, and kept.

import { type LogEntry } from "../../../index.js";
import { ask, askIntervals, pathOf } from "../data/client.js";
import { type EventsAnswer } from "../pure/answers.js";
import { sharesOf, sharesText } from "../pure/shares.js";
import { taskText } from "./event-text.js";

/** Answers that are kept. */
const KEPT = 500;

/** More rows than these are not fetched for one tooltip. */
const ROWS_MOST = 20_000;

const kept = new Map<string, string>();

/** What was found before; undefined = nothing yet. */
export function knownText(key: string): string | undefined {
  return kept.get(key);
}

/** `vcpu put, piwl-210, @913`: cause, task and place of an event. It is kept under `key`. */
export async function changeText(key: string, recording: number, seq: number): Promise<string> {
  const path = pathOf(recording, "events", { around: seq, limit: 1 });
  const { events } = await ask<EventsAnswer>(path);
  const event = events.find((each) => each.seq === seq);
  return keep(key, event === undefined ? `@${seq}` : eventLine(event));
}

function eventLine(event: LogEntry): string {
  const parts = [event.cause ?? event.kind.replaceAll("_", " "), taskText(event), `@${event.seq}`];
  return parts.join(", ");
}

/** A column of a lane. */
export interface MergedColumn {
  /** The recording. */
  readonly recording: number;
  /** The lane's id. */
  readonly lane: string;
  /** Its begin in clock units. */
  readonly from: bigint;
  /** Its end. */
  readonly to: bigint;
  /** Changes in it. */
  readonly count: number;
}

/** `running 61 %, out 39 %`; "" where shares say nothing. It is kept under `key`. */
export async function columnText(
  key: string,
  { recording, lane, from, to, count }: MergedColumn,
  textOf: (state: string) => string,
): Promise<string> {
  if (count > ROWS_MOST) return keep(key, "");
  const span = { start: from, length: to - from };
  const answer = await askIntervals(recording, [lane], span, 0);
  const rows = answer.lanes.get(lane);
  const begin = Number(from - answer.from);
  const shares = rows === undefined ? null : sharesOf(rows, begin, begin + Number(to - from));
  return keep(key, shares === null ? "" : sharesText(shares, textOf));
}

function keep(key: string, text: string): string {
  if (kept.size >= KEPT) kept.clear();
  kept.set(key, text);
  return text;
}
