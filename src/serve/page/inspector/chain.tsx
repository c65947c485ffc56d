// Why: the events that prove the chosen finding, with their distance to T. The arrows walk them.

import { type JSX } from "preact";
import { Problem } from "./problem.js";
import { type Evidence } from "../../../index.js";
import { isWarm } from "../pure/bars.js";
import { duration } from "../pure/clock.js";
import { costSentence } from "../pure/cost.js";
import { jump } from "../state/actions.js";
import { clock, explained, explanation, finding, state } from "../state/data.js";
import { eventSentence, taskText } from "../state/event-text.js";
import { bound, type Keys } from "../state/key-tables.js";
import { t } from "../state/moments.js";
import { showLine } from "../state/trace-lines.js";

/** The chain of the chosen finding. */
export function Chain(): JSX.Element {
  const { error } = explained.state.value;
  const events = explanation.value?.explanation.events;
  return (
    <section class="chain-section" aria-label="Why">
      <div class="section-head">
        <h3>Why</h3>
        <span class="grow" />
        <span class="quiet">{events === undefined ? "…" : proofText(events.length)}</span>
      </div>
      {error !== null && <Problem error={error} of={explained} />}
      <ol class="chain" aria-label="Cause chain" onKeyDown={keys}>
        {events?.map((event) => (
          <Step key={event.seq} event={event} isLast={event.seq === finding.value?.seq} />
        ))}
      </ol>
      <Broken />
      <Should />
      <Cost />
    </section>
  );
}

function proofText(events: number): string {
  return `${events} ${events === 1 ? "event proves" : "events prove"} ${finding.value?.id ?? ""}`;
}

function Step({
  event,
  isLast,
}: {
  readonly event: Evidence;
  readonly isLast: boolean;
}): JSX.Element {
  const moment = t.value;
  const now = state.state.value.value?.seq;
  const distance = moment === null ? 0n : BigInt(event.time_ns) - moment.time;
  const isHere = event.seq === now;
  const isMissing = isLast && finding.value?.kind === "missing";
  return (
    <li class={`step ${isLast && isWarmFinding() ? "wrong" : ""} ${isHere ? "here" : ""}`}>
      <span class="distance">{isHere ? "T" : duration(distance, clock.value)}</span>
      <div class="step-text">
        <button
          class="step-name"
          title={event.raw ?? ""}
          onClick={() => jump(event.seq, event.time_ns)}
        >
          {eventSentence(event)}
          {isMissing && ", but the write that it demands does not follow"}
        </button>
        <p class="quiet">
          <button class="link" onClick={() => jump(event.seq, event.time_ns)}>
            @{event.seq}
          </button>
          {` · ${taskText(event)} · `}
          <button
            class="link quiet-link"
            title={event.raw ?? "Show this line of the trace"}
            onClick={() => showLine(event.line)}
          >
            line {event.line}
          </button>
        </p>
      </div>
    </li>
  );
}

function isWarmFinding(): boolean {
  return finding.value !== null && isWarm(finding.value);
}

/** What the rule or the invariant demands that the finding is about. */
function Broken(): JSX.Element | null {
  const broken = explanation.value?.explanation.broken ?? null;
  return broken === null || broken.says === "" ? null : (
    <p class="should">
      <b>{broken.id}:</b> {broken.says}.
    </p>
  );
}

/** What should have been instead, as the known bug has it; nothing where the finding is of no known bug. */
function Should(): JSX.Element | null {
  const should = explanation.value?.explanation.known_bug?.should;
  return should === undefined ? null : (
    <p class="should">
      <b>Should be:</b> {should}.
    </p>
  );
}

/** What it cost; nothing where it is no known bug that costs any. */
function Cost(): JSX.Element | null {
  const cost = costSentence(explanation.value?.explanation.finding.needless_logs ?? null);
  return cost === null ? null : (
    <p class="should">
      <b>Cost:</b> {cost}.
    </p>
  );
}

/** The keys of the chain. */
export const CHAIN_KEYS: readonly Keys[] = [
  {
    does: "the event above, below, and T to it",
    acts: { ArrowUp: (event) => walk(event, -1), ArrowDown: (event) => walk(event, 1) },
  },
];

const keys = bound(CHAIN_KEYS);

function walk(event: KeyboardEvent, step: 1 | -1): void {
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".step-name")];
  const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
  next?.focus();
  next?.click();
}
