// Nothing here yet: how to make a recording, how to open one, and what to look at meanwhile.

import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { ask } from "../data/client.js";
import { copy } from "../state/copy.js";
import { chooseFiles, isOver } from "../state/import.js";
import { timeline } from "../state/data.js";
import { latest } from "../state/latest.js";
import { useEffect } from "preact/hooks";
import { shortName } from "../pure/names.js";
import { importSample } from "../state/samples.js";
import { ImportUnderWay } from "./importing.js";

interface Sample {
  readonly name: string;
  readonly title: string;
}

const samples = latest((_: true, abort) => ask<readonly Sample[]>("/api/samples", abort));

const COMMAND = "irqtwin capture > rec.sh";

interface EmptyProps {
  /** Why the server did not tell its recordings; null = it did. */
  readonly error: string | null;
  /** How many recordings the timeline had, all of which were dropped; 0 = it never had one. */
  readonly dropped: number;
}

/** The page of a timeline without a recording that can be shown. */
export function Empty({ error, dropped }: EmptyProps): JSX.Element {
  useEffect(() => samples.ask(true), []);
  return (
    <main class={`empty ${isOver.value ? "over" : ""}`} aria-label="Timeline">
      <h2>{dropped === 0 ? "No recording yet" : droppedText(dropped)}</h2>
      {error !== null && <Problem error={error} of={timeline} />}
      <ol>
        <li>
          <b>Record</b>
          <code class="mono">{COMMAND}</code>
          <button class="button" onClick={() => void copy(COMMAND, "the command")}>
            Copy
          </button>
        </li>
        <li>
          <b>Open</b>
          <span>drop a trace here, or</span>
          <button class="button" onClick={chooseFiles}>
            Choose …
          </button>
        </li>
        <Samples />
      </ol>
      <ImportUnderWay />
    </main>
  );
}

function droppedText(recordings: number): string {
  if (recordings === 1) return "The only recording was dropped";
  return `All ${recordings} recordings were dropped`;
}

function Samples(): JSX.Element | null {
  const list = samples.state.value.value ?? [];
  if (list.length === 0) return null;
  return (
    <li class="samples">
      <b>Or look</b>
      <ul>
        {list.map(({ name, title }) => (
          <li key={name}>
            <button class="link" onClick={() => void importSample(name)}>
              {shortName(name)}
            </button>
            <span class="quiet">{title.replaceAll("`", "")}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
