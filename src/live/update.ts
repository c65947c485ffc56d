// What whoever follows imports is told, one update after another.

import { type Seq } from "../domain/values/ids.js";
import { type TwinState } from "../domain/fold/state.js";
import { type RolledBackWhy } from "../timeline/import/listener.js";
import { type RecordingFacts } from "../timeline/read/recording-facts.js";
import { type LiveNames } from "./names.js";

/** What every update of a recording that is there has. */
export interface LiveState {
  /** The number of the recording. */
  readonly recording_id: number;
  /**
   * The recording as it stands in the file when the update is made. Its `rules_read` are those by which its events are
   * folded, from the first event on; null = they are not known.
   */
  readonly recording: RecordingFacts;
  /** Names for the row numbers, keys and codes in `state`. */
  readonly names: LiveNames;
  /** The folded state after event `seq`: IRTEs and VMs of one moment, never changed afterwards. */
  readonly state: TwinState;
  /**
   * The last event that the state holds; null = it holds none. `timeline.recording(recording_id).at({ when: { seq } })` gives the
   * document of this moment.
   */
  readonly seq: Seq | null;
}

/** A recording begins: its state is empty. */
export interface LiveBegan extends LiveState {
  /** Tells it from the other updates. */
  readonly kind: "began";
}

/** A batch of a recording, or the part of one that was read before a pause, is committed. */
export interface LiveBatch extends LiveState {
  /** Tells it from the other updates. */
  readonly kind: "batch";
  /** The first event of the batch; null = it has none, only header lines or lines that were rejected. */
  readonly from_seq: Seq | null;
}

/** A recording is complete. */
export interface LiveComplete extends LiveState {
  /** Tells it from the other updates. */
  readonly kind: "complete";
}

/** What was announced of a recording is no longer in the timeline: forget it. */
export interface LiveRolledBack {
  /** Tells it from the other updates. */
  readonly kind: "rolled_back";
  /** The number of the recording. A recording that begins afterwards can have the same number. */
  readonly recording_id: number;
  /**
   * order: it is read anew, in the order of time. sniffed: it is read anew, because later lines tell more of its
   * kernel. known: the timeline holds it already. Else the code of the error with which its import failed.
   */
  readonly why: RolledBackWhy;
}

/** What `Timeline.live` emits. Of each recording: began, batch (any number), then complete or rolled_back. */
export type LiveUpdate = LiveBegan | LiveBatch | LiveComplete | LiveRolledBack;
