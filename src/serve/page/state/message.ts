// Everything that the page says in passing stands in one line, which screen readers hear.

import { signal } from "@preact/signals";

/** The line at the bottom. */
export const message = signal("");

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something; it goes away after eight seconds, unless it `stays` until something else is said. */
export function say(text: string, { stays = false } = {}): void {
  message.value = text;
  clearTimeout(timer);
  if (stays) return;
  timer = setTimeout(() => {
    message.value = "";
  }, 8000);
}
