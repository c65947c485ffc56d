// The lanes of one subject of two recordings, each with its own time axis.

import { computed, signal } from "@preact/signals";
import { ask, askIntervals, pathOf } from "../data/client.js";
import { alignedSpan } from "../pure/align.js";
import { type Lane, type LanesAnswer } from "../pure/answers.js";
import { findingBars } from "../pure/bars.js";
import { findingsOf, type FindingsByColumns } from "../pure/columns.js";
import { selectedBy } from "../pure/kinds.js";
import { subjectOf } from "../pure/layout.js";
import { detailOf } from "../pure/pixels.js";
import { type Span, type Subject } from "../pure/url-state.js";
import { type Known } from "../pure/wire.js";
import { compared, comparison } from "./compared.js";
import { lanes, view } from "./data.js";
import { latest } from "./latest.js";
import { recordingId, url } from "./url.js";

/** The lanes of the other recording. */
export const otherLanes = latest((id: number, signal) =>
  ask<LanesAnswer>(pathOf(id, "lanes", { quick: 1 }), signal),
);

/** The bars of the other recording's findings: what is wrong there is drawn as wrong. */
export const otherBars = latest(async (id: number, signal) =>
  findingBars(
    findingsOf(await ask<FindingsByColumns>(pathOf(id, "findings", { format: "columns" }), signal))
      .findings,
  ),
);

/** The subjects that can be compared. */
const SUBJECTS = ["irte", "vcpu"] as const;

/** Subjects that can be chosen are at most so many: a list of more is no help. */
const SUBJECTS_MOST = 500;

/** The subjects of a recording that have lanes, those whose lanes change first. */
export function subjectsOf(answer: LanesAnswer | null): readonly Subject[] {
  const kinds = answer?.table.kinds ?? {};
  const own = (answer?.groups.flatMap((group) => group.lanes) ?? []).filter(
    ({ kind }) => kinds[kind]?.under === null,
  );
  const found = SUBJECTS.flatMap((each) => own.filter((lane) => selectedBy(kinds, lane) === each));
  const busy = found.filter(({ changes }) => (changes ?? 1) > 0);
  return [...new Set([...busy, ...found])]
    .slice(0, SUBJECTS_MOST)
    .map((lane) => ({ kind: selectedBy(kinds, lane) ?? "", name: subjectOf(lane) }));
}

/** The subject whose lanes are shown here: the selected one, or the first. */
export const subjectHere = computed<Subject | null>(() => {
  const { subject } = url.value;
  const isShown = subject !== null && SUBJECTS.some((kind) => kind === subject.kind);
  return isShown ? subject : (subjectsOf(lanes.state.value.value)[0] ?? null);
});

/** The subject there: the chosen one, that of the same name, or the first of its kind. */
export const subjectThere = computed<Subject | null>(() => {
  const all = subjectsOf(otherLanes.state.value.value);
  const chosen = compared.value?.subject ?? null;
  if (chosen !== null) return chosen;
  const here = subjectHere.value;
  return (
    all.find(({ kind, name }) => kind === here?.kind && name === here.name) ??
    all.find(({ kind }) => kind === here?.kind) ??
    null
  );
});

/** The lanes of a subject, in their order. */
export function lanesOf(answer: LanesAnswer | null, subject: Subject | null): readonly Lane[] {
  if (subject === null) return [];
  const all = answer?.groups.flatMap((group) => group.lanes) ?? [];
  const isRow = ({ kind }: Lane): boolean => answer?.table.kinds[kind]?.place !== "ticks";
  return all.filter((lane) => subjectOf(lane) === subject.name && isRow(lane));
}

/** The spans of both, as far from where they are aligned; null = not known yet, or there is none of the same length. */
export const spans = computed<{ readonly here: Span; readonly there: Span | null } | null>(() => {
  const [here, answer] = [view.value, comparison.state.value.value];
  if (here === null || answer === null) return null;
  return { here, there: alignedSpan(here, answer.own, answer.other) };
});

/** The width of each picture in device pixels. */
export const widthOfTwo = signal(0);

/** What a picture needs of the server. */
interface Asked {
  readonly id: number;
  readonly lanes: readonly string[];
  readonly span: Span;
  readonly width: number;
}

async function intervalsOf(
  { id, lanes: ids, span, width }: Asked,
  abort: AbortSignal,
): Promise<ReadonlyMap<string, Known>> {
  const { from, to, columns } = detailOf(span, width, 0);
  const answer = await askIntervals(id, ids, { start: from, length: to - from }, columns, abort);
  return new Map([...answer.lanes].map(([lane, rows]) => [lane, { of: answer, rows }]));
}

/** The intervals of the upper picture. */
export const here = latest(intervalsOf);

/** The intervals of the lower picture. */
export const there = latest(intervalsOf);

/** Asks for what both pictures need. It reads signals. */
export function askForBoth(): void {
  const [both, width] = [spans.value, widthOfTwo.value];
  const [left, right] = [recordingId.value, compared.value?.right ?? null];
  const ownIds = lanesOf(lanes.state.value.value, subjectHere.value).map(({ id }) => id);
  const otherIds = lanesOf(otherLanes.state.value.value, subjectThere.value).map(({ id }) => id);
  const ask = (own: typeof here, id: number | null, ids: readonly string[], span?: Span | null) => {
    const isAsked = id !== null && ids.length > 0 && span != null && width > 0;
    own.ask(isAsked ? { id, lanes: ids, span, width } : null);
  };
  ask(here, left, ownIds, both?.here);
  ask(there, right, otherIds, both?.there);
}
