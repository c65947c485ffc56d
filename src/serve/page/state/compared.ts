// Two recordings beside each other: which one, at what they are aligned, and the states that differ.

import { computed } from "@preact/signals";
import { type AtDocument, type EntityDifference } from "../../../index.js";
import { ApiError, ask, pathOf, send } from "../data/client.js";
import {
  alignedMoment,
  readCompared,
  writeCompared,
  type Anchor,
  type Compared,
} from "../pure/align.js";
import { type SqlAnswer } from "../pure/answers.js";
import { compareDocuments } from "../pure/compare.js";
import { timeline } from "./data.js";
import { latest } from "./latest.js";
import { resolve } from "./moments.js";
import { go, url } from "./url.js";

/** The key of the address. */
const KEY = "cmp";

/** What the address says; null = A and B of this recording are compared. */
export const compared = computed<Compared | null>(() =>
  readCompared(url.value.others.find(([key]) => key === KEY)?.[1]),
);

/** Compares with another recording; null = with none. */
export function compareWith(next: Compared | null): void {
  const others = url.peek().others.filter(([key]) => key !== KEY);
  go({ others: next === null ? others : [...others, [KEY, writeCompared(next)]] });
}

/** What is compared: T of the left recording, and what its A is. */
export interface ComparedQuestion extends Compared {
  /** The recording of the page. */
  readonly left: number;
  /** T as the server takes it. */
  readonly when: string;
  /** A as the server takes it; null = it is not set. */
  readonly a: string | null;
}

/** Two states that are as far from the event at which they are aligned. */
export interface ComparedAnswer {
  /** What differs. */
  readonly list: readonly EntityDifference[];
  /** The state of the left recording. */
  readonly left: AtDocument;
  /** That of the right one. */
  readonly right: AtDocument;
  /** Why the right one is not where T would be; null = it is. */
  readonly note: string | null;
  /** Where the left one is aligned. */
  readonly own: Anchor;
  /** Where the right one is aligned. */
  readonly other: Anchor;
}

/** The differences of the two recordings. */
export const comparison = latest(
  async (question: Omit<ComparedQuestion, "subject">, abort): Promise<ComparedAnswer> => {
    const { left, right, when } = question;
    // One after the other: the server runs few statements at once.
    const own = await anchorOf(left, question, question.a, abort);
    const event = question.seq === null ? null : `@${question.seq}`;
    const other = await anchorOf(right, question, event, abort);
    const [t, first, last] = await Promise.all([
      resolve(left, when),
      resolve(right, "start"),
      resolve(right, "end"),
    ]);
    const bounds = { first: first.time, last: last.time };
    const { time, note } = alignedMoment(t.time, own, other, bounds);
    const at = (id: number, moment: string): Promise<AtDocument> =>
      ask<AtDocument>(pathOf(id, "at", { when: moment }), abort);
    const [here, there] = await Promise.all([at(left, when), at(right, `${time}ns`)]);
    const list = compareDocuments(here, there);
    return { list, left: here, right: there, note, own, other };
  },
);

const POSTING_SQL = "SELECT min(from_seq) AS seq FROM v_irte WHERE mode = 'posted'";

/** The first posting of a recording does not change. */
const postings = new Map<number, string>();

async function anchorOf(
  id: number,
  { by }: Pick<ComparedQuestion, "by">,
  event: string | null,
  abort: AbortSignal,
): Promise<Anchor> {
  const unit = recordingOf(id)?.clock_unit;
  if (unit === undefined)
    throw new ApiError("ERR_NO_RECORDING", `there is no recording ${id} here`);
  if (by === "starts") return { unit, time: (await resolve(id, "start")).time };
  if (by === "ends") return { unit, time: (await resolve(id, "end")).time };
  if (by === "posting")
    return { unit, time: (await resolve(id, await firstPosting(id, abort))).time };
  if (event === null)
    throw new ApiError("ERR_USAGE", "set A at the event here, and name the event there as @SEQ");
  return { unit, time: (await resolve(id, event)).time };
}

async function firstPosting(id: number, abort: AbortSignal): Promise<string> {
  const known = postings.get(id);
  if (known !== undefined) return known;
  const asked = { sql: POSTING_SQL, recording: id, limit: 1 };
  const { rows } = await send<SqlAnswer>("/api/sql", asked, abort);
  const [row] = rows;
  const seq = row === undefined ? null : Object.values(row)[0];
  if (typeof seq !== "number" && typeof seq !== "string")
    throw new ApiError("ERR_NAME", `recording ${id} has no posted entry`);
  const found = `@${seq}`;
  postings.set(id, found);
  return found;
}

/** The facts of a recording. */
export function recordingOf(
  id: number,
): { readonly file: string; readonly clock_unit: "ns" | "ticks" } | undefined {
  return timeline.state.peek().value?.recordings.find((each) => each.id === id);
}
