// A search box whose text counts when the reader stops typing: not every letter of a name is a question.

import { useSignal } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** So long a reader types the next letter, in milliseconds. */
const REST_MS = 250;

interface TypedProps {
  /** Its accessible name. */
  readonly name: string;
  readonly class: string;
  readonly placeholder: string;
  /** The text that counts. */
  readonly value: string;
  /** Takes what was typed. */
  readonly take: (text: string) => void;
}

/** The box. Enter and leaving it count at once. */
export function Typed({ name, placeholder, value, take, ...look }: TypedProps): JSX.Element {
  /** What is typed and does not count yet; null = nothing. */
  const typed = useSignal<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const count = (): void => {
    clearTimeout(timer.current);
    if (typed.value !== null) take(typed.value);
    typed.value = null;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      class={look.class}
      type="search"
      aria-label={name}
      value={typed.value ?? value}
      placeholder={placeholder}
      spellcheck={false}
      autocomplete="off"
      onInput={({ currentTarget }) => {
        typed.value = currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(count, REST_MS);
      }}
      onBlur={count}
      onKeyDown={({ key }) => {
        if (key === "Enter") count();
      }}
    />
  );
}
