// The memory of the server.

import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect garbage when its heap has grown by two fifths instead of by up to four times: answers to questions about
 * a large recording leave a lot behind, and the server runs for days.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=40");
  setFlagsFromString("--semi-space-growth-factor=1");
}
