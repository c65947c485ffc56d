// Questions of which only the last answer counts.

import { effect, signal, type Signal } from "@preact/signals";
import { errorLine, isAbort } from "../data/client.js";

/** What is known of an answer. */
export interface Loaded<Answer> {
  /** The last answer; null = none yet. It stays while a newer one is awaited. */
  readonly value: Answer | null;
  /** Why the last question failed, in one line; null = it did not. */
  readonly error: string | null;
  /** An answer is awaited. */
  readonly busy: boolean;
}

/** A question that can be asked anew; an older answer never comes after a newer question. */
export interface Latest<Question, Answer> {
  /** What is known. */
  readonly state: Signal<Loaded<Answer>>;
  /** Asks; null = there is nothing to ask, and no answer. */
  readonly ask: (question: Question | null) => void;
  /** Asks the same again. */
  readonly again: () => void;
}

const NOTHING = { value: null, error: null, busy: false };

/**
 * Makes a question. `fetch` can give a part of its answer before the whole. While one is under way the newest of those that
 * follow waits for it to end where `patient`, so that a drag does not abort every answer; else it is aborted. Where it
 * `finishes` the same question waits when it is asked again.
 */
export function latest<Question, Answer>(
  fetch: (
    question: Question,
    signal: AbortSignal,
    partly: (answer: Answer) => void,
  ) => Promise<Answer>,
  { patient = false, finishes = false } = {},
): Latest<Question, Answer> {
  const state = signal<Loaded<Answer>>(NOTHING);
  let under: AbortController | null = null;
  let next: { readonly question: Question } | null = null;
  let last: Question | null = null;

  const start = async (question: Question): Promise<void> => {
    const own = new AbortController();
    under = own;
    state.value = { ...state.peek(), busy: true };
    try {
      const value = await fetch(question, own.signal, (part) => {
        if (under === own) state.value = { value: part, error: null, busy: true };
      });
      if (under === own) state.value = { value, error: null, busy: false };
    } catch (error) {
      if (under === own && !isAbort(error))
        state.value = { ...state.peek(), error: errorLine(error), busy: false };
    }
    if (under !== own) return;
    under = null;
    const waiting = next;
    next = null;
    if (waiting !== null) void start(waiting.question);
  };

  const ask = (question: Question | null): void => {
    last = question;
    if (question === null) {
      under?.abort();
      under = null;
      next = null;
      state.value = NOTHING;
      return;
    }
    if (under !== null && patient) {
      next = { question };
      return;
    }
    under?.abort();
    next = null;
    void start(question);
  };
  return {
    state,
    ask,
    again: () => {
      if (last === null) return;
      if (under !== null && finishes) next = { question: last };
      else ask(last);
    },
  };
}

/** Waits for what was just asked: for an answer or a part of it, or until none is awaited. */
export async function answered<Answer>({
  state,
}: Pick<Latest<never, Answer>, "state">): Promise<void> {
  const before = state.peek().value;
  let stop = (): void => undefined;
  await new Promise<void>((resolve) => {
    stop = effect(() => {
      const { value, busy } = state.value;
      if (!busy || value !== before) resolve();
    });
  });
  stop();
}
