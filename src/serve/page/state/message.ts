// Everything that the page says in passing stands in one line, which screen readers hear.

import { signal } from "@preact/signals";

/** The line at the bottom. */
export const message = signal("");

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something; it goes away after eight seconds. */
export function say(text: string): void {
  message.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    message.value = "";
  }, 8000);
}
