// T, A and B with their events and times. What the address names by an event is looked up once.

import { computed, effect, signal } from "@preact/signals";
import { ask, pathOf } from "../data/client.js";
import { type At } from "../pure/url-state.js";
import { limits, state, whenOf } from "./data.js";
import { recordingId, url } from "./url.js";

/** A moment: its time, and the last event that counts. */
export interface Known {
  /** Its time in clock units. */
  readonly time: bigint;
  /** The last event up to it; null = not asked. */
  readonly seq: number | null;
}

interface MomentAnswer {
  readonly seq: number;
  readonly time_ns: string;
}

const cache = signal<ReadonlyMap<string, Known>>(new Map());
const asked = new Set<string>();

/** Remembers an event's time, so that nobody asks for it. */
export function remember(recording: number, seq: number, time: bigint | string): void {
  const key = `${recording} @${seq}`;
  if (cache.peek().has(key)) return;
  cache.value = new Map(cache.peek()).set(key, { seq, time: BigInt(time) });
}

/** What is known of a moment; null = not yet. */
function known(at: At | null): Known | null {
  const id = recordingId.value;
  if (at === null || id === null) return null;
  if (at === "live") {
    const end = limits.value?.end;
    return end === undefined ? null : { time: end, seq: null };
  }
  if ("time" in at) return { time: at.time, seq: null };
  return cache.value.get(`${id} @${at.seq}`) ?? null;
}

/** The moment T. */
export const t = computed<Known | null>(() => {
  const at = url.value.t;
  const found = known(at);
  const document = state.state.value;
  if (document.value === null || document.busy || document.value.recording_id !== recordingId.value)
    return found;
  const time = BigInt(document.value.time_ns);
  return found === null ? { seq: document.value.seq, time } : { ...found, seq: document.value.seq };
});

/** Marker A. */
export const a = computed(() => known(url.value.a));

/** Marker B. */
export const b = computed(() => known(url.value.b));

/** Looks up the times of events that the address names. */
export function followMoments(): void {
  effect(() => {
    const id = recordingId.value;
    const { t: atT, a: atA, b: atB } = url.value;
    if (id === null) return;
    for (const at of [atT, atA, atB])
      if (at !== null && at !== "live" && "seq" in at) lookUp(id, at);
  });
}

function lookUp(id: number, at: { readonly seq: number }): void {
  const key = `${id} @${at.seq}`;
  if (cache.peek().has(key) || asked.has(key)) return;
  asked.add(key);
  void resolve(id, whenOf(at)).catch(() => asked.delete(key));
}

/** A WHEN as a moment. Throws ApiError if it is none. */
export async function resolve(id: number, when: string): Promise<Known> {
  const { seq, time_ns } = await ask<MomentAnswer>(pathOf(id, "moment", { when }));
  remember(id, seq, time_ns);
  return { seq, time: BigInt(time_ns) };
}
