// A question that failed, in the place of its answer: what and the code, and a way to ask again.

import { type JSX } from "preact";

/** What failed. */
export interface ProblemProps {
  /** Why, in one line. */
  readonly error: string;
  /** What is asked again; null = nothing can be. */
  readonly of: {
    /** Asks. */
    readonly again: () => void;
  } | null;
}

/** One line that says what failed. */
export function Problem({ error, of }: ProblemProps): JSX.Element {
  return (
    <p class="panel-error" role="alert">
      {error}
      {of !== null && (
        <>
          {" "}
          <button class="link" onClick={() => of.again()}>
            Retry
          </button>
        </>
      )}
    </p>
  );
}
