// Where nothing tells which recording has a safety finding, they are checked one after another, newest first, while the
// newest one is shown. The first that has one is opened, unless the reader has begun to do something.

import { ask, errorLine, pathOf } from "../data/client.js";
import { type Start } from "../pure/answers.js";
import { openRecording } from "./actions.js";
import { nameOfRecording } from "./data.js";
import { say } from "./message.js";

let isBegun = false;

async function search(unchecked: readonly number[], opened: number | null): Promise<void> {
  const isTouched = untilTouched();
  for (const [place, id] of unchecked.entries()) {
    say(`Checking ${nameOfRecording(id)}, recording ${place + 1} of ${unchecked.length} …`, {
      stays: true,
    });
    const start = await startOf(id);
    if (start === null) continue;
    if (isTouched()) say(`${nameOfRecording(id)} has a safety finding: choose it above`);
    // What is shown opens with its finding by itself.
    else if (id === opened) say("");
    else {
      openRecording(id);
      say(`${nameOfRecording(id)} is the newest recording with a safety finding`);
    }
    return;
  }
  say("No recording has a safety finding");
}

/**
 * Looks once for the newest recording with a safety finding. `unchecked`: those to look at, newest first; `opened`: the
 * one that is shown, which is checked anyway.
 */
export function searchStart(unchecked: readonly number[], opened: number | null): void {
  if (isBegun || unchecked.every((id) => id === opened)) return;
  isBegun = true;
  void search(unchecked, opened);
}

async function startOf(id: number): Promise<Start | null> {
  try {
    return await ask<Start | null>(pathOf(id, "start"));
  } catch (error) {
    say(`${nameOfRecording(id)} cannot be checked: ${errorLine(error)}`);
    return null;
  }
}

/** Has the reader done something since? */
function untilTouched(): () => boolean {
  let isTouched = false;
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    const touch = (): void => {
      isTouched = true;
    };
    addEventListener(kind, touch, { once: true, capture: true, passive: true });
  }
  return () => isTouched;
}
