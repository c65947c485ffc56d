// How far an import is, and a way to stop it.

import { type JSX } from "preact";
import { count } from "../pure/clock.js";
import { cancelImport, importing, waiting } from "../state/import.js";

/** The import under way; nothing where there is none. */
export function ImportUnderWay(): JSX.Element | null {
  const now = importing.value;
  if (now === null) return null;
  const { name, step, part, rate } = now;
  const more = waiting.value.length;
  return (
    <div class="importing" role="group" aria-label="Import">
      <span class="importing-name">
        {step} {name}
      </span>
      <progress max={1} value={part ?? undefined} aria-label={`Import of ${name}`} />
      {part !== null && <span>{Math.floor(part * 100)} %</span>}
      {rate !== null && <span>{rate}</span>}
      {more > 0 && <span>{count(more)} more to come</span>}
      {step !== "stopping" && (
        <button class="link" onClick={cancelImport}>
          Cancel
        </button>
      )}
    </div>
  );
}
