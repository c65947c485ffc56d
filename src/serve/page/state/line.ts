// The event of T and its line of the trace.

import { computed } from "@preact/signals";
import { type LogEntry } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { type EventsAnswer } from "../pure/answers.js";
import { effect } from "@preact/signals";
import { state } from "./data.js";
import { latest } from "./latest.js";
import { recordingId } from "./url.js";

const event = latest(({ id, seq }: { readonly id: number; readonly seq: number }, signal) =>
  ask<EventsAnswer>(pathOf(id, "events", { around: seq, limit: 1 }), signal),
);

const seqOfT = computed(() => state.state.value.value?.seq ?? null);

let following = false;

/** The event up to which the state at T counts; null = not known yet. */
export const eventOfT = computed<LogEntry | null>(() => {
  if (!following) {
    following = true;
    queueMicrotask(follow);
  }
  const seq = state.state.value.value?.seq;
  return event.state.value.value?.events.find((each) => each.seq === seq) ?? null;
});

function follow(): void {
  effect(() => {
    const [id, seq] = [recordingId.value, seqOfT.value];
    event.ask(id === null || seq === null ? null : { id, seq });
  });
}

/** The line of that event; null = not known. */
export const lineOfT = computed(() => eventOfT.value?.line ?? null);

/** The event of T as `@SEQ`. */
export const at = computed(() => {
  const seq = state.state.value.value?.seq;
  return seq === undefined ? "" : `@${seq}`;
});
