// What the server has told of the recording and the moment that the address names.

import { computed, effect, signal } from "@preact/signals";
import { type DiffDocument, type RecordingFacts } from "../../../index.js";
import { ask, pathOf, type Query } from "../data/client.js";
import {
  type BlameAnswer,
  type ExplainedAnswer,
  type Lane,
  type LanesAnswer,
  type ListedFinding,
  type OverviewAnswer,
  type StateAnswer,
  type TimelineAnswer,
} from "../pure/answers.js";
import { formOf, NO_TABLE, type Kinds, type PageTable } from "../pure/kinds.js";
import { findingsOf, type FindingsByColumns } from "../pure/columns.js";
import { type Clock } from "../pure/clock.js";
import { shortestView, type Limits } from "../pure/pixels.js";
import { recordingName } from "../pure/names.js";
import { knownGaps, type KnownGap } from "../pure/gaps.js";
import { type At, type Span } from "../pure/url-state.js";
import { untilDrawn } from "./drawn.js";
import { latest } from "./latest.js";
import { recordingId, url } from "./url.js";

/**
 * The timeline and its recordings. With what to open is asked only where there is a choice, because the server reads the
 * findings of recordings for it.
 */
export const timeline = latest(async (_: true, signal) => {
  const quick = await ask<TimelineAnswer>("/api/timeline?quick=1", signal);
  const { recording, hash } = url.peek();
  const isChosen =
    recording !== null || hash !== null || quick.recordings.filter(isListed).length < 2;
  return isChosen ? quick : ask<TimelineAnswer>("/api/timeline", signal);
});

/** Is it a recording to choose from? */
export function isListed({ superseded_by, state: each }: RecordingFacts): boolean {
  return superseded_by === null && each !== "dropped";
}

/**
 * The lanes of the recording. What the server can tell at once comes first; the rest, for which it looks through all
 * events, follows.
 */
export const lanes = latest<number, LanesAnswer>(async (id, signal, partly) => {
  const of = async (query: Query): Promise<LanesAnswer> => ({
    ...(await ask<LanesAnswer>(pathOf(id, "lanes", query), signal)),
    recording: id,
  });
  const quick = await of({ quick: 1 });
  // The lane of findings has its own question.
  const isWhole = quick.groups.every((group) =>
    group.lanes.every(
      (lane) => lane.changes !== null || formOf(quick.table.kinds, lane) === "findings",
    ),
  );
  if (isWhole) return quick;
  partly(quick);
  await untilDrawn(id, signal);
  return of({});
});

/** The findings of the recording. */
export const findings = latest(
  async (id: number, signal) => {
    await untilDrawn(id, signal);
    return findingsOf(
      await ask<FindingsByColumns>(pathOf(id, "findings", { format: "columns" }), signal),
    );
    // A recording that grows is asked for again and again: each answer comes.
  },
  { finishes: true },
);

/** The number of columns of the overview. */
export const overviewColumns = signal(400);

/** The density, findings and gaps of the whole recording. */
export const overview = latest(
  ({ id, columns }: { readonly id: number; readonly columns: number }, signal) =>
    ask<OverviewAnswer>(pathOf(id, "overview", { columns, quick: 1 }), signal),
);

/** A recording and a moment of it. */
interface Moment {
  readonly id: number;
  readonly when: string;
}

/** What a question about the whole state is narrowed to. */
interface Narrowed {
  readonly only: Query;
}

/** The state at T; of a large recording what the inspector shows of it. */
export const state = latest(
  ({ id, when, only }: Moment & Narrowed, signal) =>
    ask<StateAnswer>(pathOf(id, "at", { when, ...only }), signal),
  { patient: true },
);

/** What the event of T changed. */
export const changed = latest(
  (
    {
      id,
      from,
      to,
      only,
    }: { readonly id: number; readonly from: string; readonly to: string } & Narrowed,
    signal,
  ) => ask<DiffDocument>(pathOf(id, "diff", { from, to, ...only }), signal),
);

/** Who set each field of the selected entry. */
export const blame = latest(({ id, when, irte }: Moment & { readonly irte: string }, signal) =>
  ask<BlameAnswer>(pathOf(id, "blame", { when, irte }), signal),
);

/** The chain of the chosen finding, or of the one before it as long as its own is awaited: `explanation` is never that. */
export const explained = latest(
  ({ id, finding }: { readonly id: number; readonly finding: string }, signal) =>
    ask<ExplainedAnswer>(pathOf(id, `findings/${finding}`), signal),
);

/** What explains the chosen finding; null = it is not there yet. Numbers of findings change as a recording grows. */
export const explanation = computed<ExplainedAnswer | null>(() => {
  const [answer, wanted] = [explained.state.value.value, finding.value];
  const told = answer?.explanation.finding;
  const isSame =
    told !== undefined &&
    told.seq === wanted?.seq &&
    told.kind === wanted.kind &&
    told.title === wanted.title;
  return isSame ? answer : null;
});

/** The facts of the recording. */
export const facts = computed<RecordingFacts | null>(
  () => timeline.state.value.value?.recordings.find(({ id }) => id === recordingId.value) ?? null,
);

/** The short name of a recording, with its number where another one has the same; of one that is not there its number. */
export function nameOfRecording(id: number): string {
  const all = timeline.state.value.value?.recordings ?? [];
  const own = all.find((each) => each.id === id);
  return own === undefined ? `recording ${id}` : recordingName(own, all);
}

/** The recording holds no event and grows no more: it has no moment, no lane and no state. */
export const isWithoutEvents = computed(
  () => facts.value?.last_seq === null && facts.value.state !== "importing",
);

/** No recording can be shown: the timeline has none, or all of them were dropped. */
export const isNothingToShow = computed(() => {
  const recordings = timeline.state.value.value?.recordings;
  const isShown = facts.value !== null && facts.value.state !== "dropped";
  return recordings !== undefined && !isShown && !recordings.some(isListed);
});

/** Ticks a second that the reader chose for a counter clock whose rate the recording does not tell. */
export const rate = computed(() => {
  const given = url.value.others.find(([key]) => key === "hz")?.[1];
  const hz = Number(given);
  return given !== undefined && hz >= 1e3 && hz <= 1e12 ? hz : null;
});

/** The recording's clock. */
export const clock = computed<Clock>(() => {
  const unit = facts.value?.clock_unit ?? "ns";
  return { unit, hz: unit === "ns" ? null : rate.value };
});

/** Where views may be; null = the recording has no events. */
export const limits = computed<Limits | null>(() => {
  const answer = lanes.state.value.value;
  if (answer?.recording !== recordingId.value || facts.value === null) return null;
  if (answer.start_ns === null || answer.end_ns === null) return null;
  const start = BigInt(answer.start_ns);
  const end = BigInt(answer.end_ns);
  const least = shortestView(clock.value.unit);
  return { start, end: end > start + least ? end : start + least, least };
});

/** What the lanes show: the address's view, or the whole recording. */
export const view = computed<Span | null>(() => {
  const all = limits.value;
  if (all === null) return null;
  return url.value.view ?? { start: all.start, length: all.end - all.start };
});

/** The list of findings, empty until it is known. */
export const listed = computed<readonly ListedFinding[]>(
  () => findings.state.value.value?.findings ?? [],
);

/** The finding that the address names. */
export const finding = computed<ListedFinding | null>(() => {
  const name = url.value.finding;
  return listed.value.find(({ id, place }) => id === name || place === name) ?? null;
});

/** Its number as it is now; null = the address names none, or it is not known. */
export const findingId = computed(() => finding.value?.id ?? null);

/** The findings are those so far: the recording grows. */
export const isSoFar = computed(() => findings.state.value.value?.is_final === false);

/** What the address names a finding by: as long as the recording grows its number can change, its event stays. */
export function nameOfFinding({ id, place }: ListedFinding): string {
  return isSoFar.peek() ? (place ?? id) : id;
}

/** Where events were lost in the recording, without what came before it. */
export const gaps = computed<readonly KnownGap[]>(() => {
  const answer = lanes.state.value.value;
  return answer?.start_ns == null ? [] : knownGaps(answer.gaps ?? [], BigInt(answer.start_ns));
});

/** The table of the recording's lanes; before it is there it has no row. */
export const laneTable = computed<PageTable>(() => lanes.state.value.value?.table ?? NO_TABLE);

/** The kinds of lanes that the recording's platform has. */
export const kinds = computed<Kinds>(() => laneTable.value.kinds);

/** All lanes, by id. */
export const laneById = computed<ReadonlyMap<string, Lane>>(() => {
  const groups = lanes.state.value.value?.groups ?? [];
  return new Map(groups.flatMap((group) => group.lanes.map((lane) => [lane.id, lane] as const)));
});

/** A moment as the server takes it; a moment at the live edge is the end. */
export function whenOf(at: At): string {
  if (at === "live") return "end";
  return "seq" in at ? `@${at.seq}` : `${at.time}ns`;
}

/** The moment T as the server takes it. */
const when = computed(() => (url.value.t === null ? null : whenOf(url.value.t)));

/** The name of the selected entry. */
const entry = computed(() => (url.value.subject?.kind === "irte" ? url.value.subject.name : null));

/** The whole state of a recording with more events is too long to ask for at every move of T. */
const EVENTS_SMALL = 100_000;

const isLarge = computed(() => {
  const { first_seq = 0, last_seq = null } = facts.value ?? {};
  return (last_seq ?? 0) - first_seq >= EVENTS_SMALL;
});

/** So many of each list are shown where nothing is selected. */
const LINES_MOST = 100;

/** What the selected subject is named in questions; null = nothing is selected. */
const subject = computed<Query | null>(() => {
  const { kind, name } = url.value.subject ?? {};
  const vm = /^vm(\d+)$/.exec(name ?? "")?.[1];
  if (kind === "vm" && vm !== undefined) return { vm_id: vm };
  return kind === "irte" || kind === "vcpu" ? { [kind]: name } : null;
});

/** What names the chosen finding; null = none is, or it is not found yet as the recording grows. */
const chosen = computed(() => {
  const isAwaited = facts.value?.state === "importing" && finding.value === null;
  return isAwaited ? null : url.value.finding;
});

/** The event up to which the state at T counts. */
const at = computed(() => state.state.value.value?.seq ?? null);

/** Asks for what the address needs, whenever that changes. */
export function followData(): void {
  effect(() => {
    const id = recordingId.value;
    lanes.ask(id);
    findings.ask(id);
  });
  effect(() => {
    const id = recordingId.value;
    overview.ask(id === null ? null : { id, columns: overviewColumns.value });
  });
  effect(() => {
    const id = recordingId.value;
    const only = !isLarge.value
      ? {}
      : subject.value === null
        ? { limit: LINES_MOST }
        : { ...subject.value, related: 1 };
    state.ask(id === null || when.value === null ? null : { id, when: when.value, only });
  });
  effect(followChanges);
  effect(followBlame);
  effect(() => {
    const id = recordingId.value;
    explained.ask(id === null || chosen.value === null ? null : { id, finding: chosen.value });
  });
}

/** The state at T that is of the recording which the address names; null = it is not there yet. */
function currentState(id: number | null): StateAnswer | null {
  const document = state.state.peek().value;
  return document?.recording_id === id ? document : null;
}

function followChanges(): void {
  const [id, seq] = [recordingId.value, at.value];
  const first = facts.value?.first_seq;
  if (id === null || seq === null || first === undefined || currentState(id) === null)
    changed.ask(null);
  else {
    const only = isLarge.value ? (subject.value ?? {}) : {};
    changed.ask(seq > first ? { id, from: `@${seq - 1}`, to: `@${seq}`, only } : null);
  }
}

function followBlame(): void {
  const [id, seq, irte] = [recordingId.value, at.value, entry.value];
  const isThere = currentState(id)?.irtes.some((each) => each.irte === irte) === true;
  if (id === null || seq === null || irte === null || !isThere) blame.ask(null);
  else blame.ask({ id, when: `@${seq}`, irte });
}
