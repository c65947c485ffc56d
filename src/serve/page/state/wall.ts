// The wall clock of the recording, where its header has it.

import { computed, effect } from "@preact/signals";
import { type CaptureDocument } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { wallOf, type Wall } from "../pure/wall.js";
import { clock } from "./data.js";
import { latest } from "./latest.js";
import { recordingId, url } from "./url.js";

const header = latest((id: number, abort) => ask<CaptureDocument>(pathOf(id, "capture"), abort));

/** How times become those of the wall clock; null = the header does not tell. */
export const wall = computed<Wall | null>(() => {
  const { recording_id, capture = null } = header.state.value.value ?? {};
  return capture === null || recording_id !== recordingId.value
    ? null
    : wallOf(capture, clock.value, url.value.timeZone ?? "UTC");
});

/** Asks for the header of the recording that is shown. */
export function followWall(): void {
  effect(() => header.ask(recordingId.value));
}
