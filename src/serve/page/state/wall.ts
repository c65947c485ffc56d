// The wall clock of the recording, where its header has it.

import { computed, effect } from "@preact/signals";
import { type Info } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { wallOf, type Wall } from "../pure/wall.js";
import { clock, findings } from "./data.js";
import { latest } from "./latest.js";
import { recordingId } from "./url.js";

const info = latest((id: number, abort) => ask<Info>(pathOf(id, "info"), abort));

/** How times become those of the wall clock; null = the header does not tell. */
export const wall = computed<Wall | null>(() => {
  const all = info.state.value.value?.recordings ?? [];
  const capture = all.find((each) => each.recording_id === recordingId.value)?.capture ?? null;
  return capture === null ? null : wallOf(capture, clock.value);
});

/** Asks for the header of the recording that is shown, once what is more urgent is there. */
export function followWall(): void {
  const shown = computed(() => findings.state.value.value?.recording_id ?? null);
  effect(() => info.ask(shown.value));
}
