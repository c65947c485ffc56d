// Everything that the page says in passing stands in one line, which screen readers hear.

import { signal } from "@preact/signals";

/** The line at the bottom. */
export const message = signal("");

/** What is said is that something could not be done. */
let isComplaint = false;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something; it goes away after eight seconds, unless it `stays` until something else is said. */
export function say(text: string, { stays = false } = {}): void {
  message.value = text;
  isComplaint = false;
  clearTimeout(timer);
  if (stays) return;
  timer = setTimeout(() => {
    message.value = "";
  }, 8000);
}

/** Says that something could not be done; it goes away as soon as something could. */
export function complain(text: string): void {
  say(text);
  isComplaint = true;
}

/** Something was done: a complaint about what was tried before is over. */
export function withdrawComplaint(): void {
  if (isComplaint) say("");
}
