// The bottom line: what colours mean, how far A and B are apart, where T is.

import { useSignal } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { exactDuration } from "../pure/clock.js";
import { at as known, lineOfT } from "../state/line.js";
import { clock, isNothingToShow } from "../state/data.js";
import { SERVER_TEXTS, server } from "../state/connection.js";
import { backToNow, behind, isGrowing, isLive } from "../state/live.js";
import { legend } from "../state/legend.js";
import { message } from "../state/message.js";
import { a, b, resolve, t, type Known } from "../state/moments.js";
import { copyTime, timeText, typedTime } from "../state/readout.js";
import { goTo, refuseNegative, said } from "../state/actions.js";
import { type At } from "../pure/url-state.js";
import { go, recordingId } from "../state/url.js";
import { count } from "../pure/clock.js";
import { ImportUnderWay } from "./importing.js";

/** The bottom of the page. */
export function Status(): JSX.Element {
  const [first, second] = [a.value, b.value];
  return (
    <footer class="status">
      <ul class="legend" aria-label="Legend">
        {legend.value.map(([name, text]) => (
          <li key={name}>
            <span class={`swatch ${name}`} aria-hidden="true" />
            {text}
          </li>
        ))}
      </ul>
      {!isNothingToShow.value && <ImportUnderWay />}
      <p class="message" role="status" aria-label="Message" title={passing()}>
        {passing()}
      </p>
      <span class="grow" />
      {isGrowing.value && !isLive.value && (
        <button class="back" onClick={backToNow}>
          {behind.value > 0 && <>+{count(behind.value)} events · </>}
          back to now (End)
        </button>
      )}
      {first !== null && second !== null && (
        <span>A–B {exactDuration(second.time - first.time, clock.value)}</span>
      )}
      <TimeField name="A" moment={first} set={(at) => go({ a: at })} />
      <TimeField name="B" moment={second} set={(at) => go({ b: at })} />
      <TimeField name="T" moment={t.value} set={null} />
      <span class="at">
        {known.value}
        {lineOfT.value === null ? "" : ` · line ${lineOfT.value}`}
      </span>
    </footer>
  );
}

/** What is said in passing; that the server is not there comes first, and stays. */
function passing(): string {
  return server.value === "there" ? message.value : SERVER_TEXTS[server.value];
}

/** A time that can be read with all its digits, typed and copied. */
function TimeField({
  name,
  moment,
  set,
}: {
  readonly name: string;
  readonly moment: Known | null;
  readonly set: ((at: At) => void) | null;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const shown = moment === null ? "" : timeText(moment.time, 9);
  /** What stands there while the reader is in the field, whatever T is set to meanwhile; null = the moment. */
  const typed = useSignal<string | null>(null);
  const isSent = useRef(false);
  useEffect(() => {
    if (isSent.current) typed.value = null;
    isSent.current = false;
  }, [shown]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const text = input.current?.value ?? "";
    isSent.current = true;
    if (set === null) return void goTo(text, typedTime);
    const time = typedTime(text);
    if (time === null) void setTo(text, set);
    else if (!refuseNegative(time, text.trim())) set({ time });
  };
  return (
    <form class="time-field" onSubmit={submit}>
      <label>
        <span aria-hidden="true">{name}</span>
        <input
          ref={input}
          aria-label={name}
          value={typed.value ?? shown}
          style={{ width: `${Math.max(2, shown.length * 0.6)}em` }}
          placeholder="–"
          autocomplete="off"
          spellcheck={false}
          onFocus={({ currentTarget }) => {
            if (moment !== null) currentTarget.value = copyTime(moment.time);
            typed.value = currentTarget.value;
            currentTarget.select();
          }}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
            isSent.current = false;
          }}
          onBlur={() => (typed.value = null)}
        />
      </label>
    </form>
  );
}

/** Sets a marker to `@SEQ`, `line:N`, `start` or `end`. */
async function setTo(text: string, set: (at: At) => void): Promise<void> {
  const id = recordingId.peek();
  const when = text.trim();
  if (id === null || when === "") return;
  await said(async () => {
    const { seq, time } = await resolve(id, when);
    set(seq === null ? { time } : { seq });
  });
}
