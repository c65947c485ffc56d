// What is not needed for the first picture is asked for when the lanes are drawn: of a large recording the server works on
// it for longer than on the picture.

import { effect, signal } from "@preact/signals";

/** The recording whose lanes have intervals, or have none to wait for; null = none yet. */
export const drawn = signal<number | null>(null);

/** Lanes that take longer are not waited for. */
const PATIENCE_MS = 5000;

/** Waits until lanes of a recording are drawn, or for a while, or for an abort. */
export function untilDrawn(id: number, abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    abort.addEventListener("abort", end, { once: true });
    effect(() => {
      if (drawn.value === id) end();
    });
  });
}
