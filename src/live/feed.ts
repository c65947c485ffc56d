// Makes updates of what imports commit and roll back, for whoever follows them.

import { defer, startWith, Subject, type Observable } from "rxjs";
import { TwinError, type ErrorCode } from "../base/errors.js";
import { type TwinState } from "../domain/fold/state.js";
import { type ImportListener, type RolledBackWhy } from "../timeline/import/listener.js";
import { factsOf } from "../timeline/read/recording-facts.js";
import { pickRecording } from "../timeline/read/recordings.js";
import { stateAt } from "../timeline/read/state-at.js";
import { namesOf, type Read } from "./names.js";
import { type LiveUpdate } from "./update.js";

/** An update without what is read from the file for it. */
type Heard =
  | {
      readonly kind: "began" | "batch" | "complete";
      readonly recording_id: number;
      readonly from_seq: number | null;
      readonly seq: number | null;
      /** null = nobody followed when it was folded: whoever comes later gets it from the file. */
      readonly state: TwinState | null;
    }
  | {
      readonly kind: "rolled_back";
      readonly recording_id: number;
      readonly why: RolledBackWhy;
    };

/** What is thrown of a recording that was dropped, or that another process has removed. */
const GONE: readonly ErrorCode[] = ["ERR_DROPPED", "ERR_NO_RECORDING"];

/** The updates of all imports of one timeline. */
export class LiveFeed {
  private readonly read: Read;
  private readonly subject = new Subject<LiveUpdate>();
  private last: Heard | null = null;
  private isClosed = false;

  /** `read`: asks the timeline. */
  constructor(read: Read) {
    this.read = read;
  }

  /** The last update at once, if there is one, and then each as it comes. */
  readonly updates: Observable<LiveUpdate> = defer(() => {
    const standing = this.standing();
    return standing === null ? this.subject : this.subject.pipe(startWith(standing));
  });

  /** To be told by imports. */
  readonly listener: ImportListener = {
    isHeard: () => this.subject.observed,
    began: (recording_id, state) => {
      this.hear({ kind: "began", recording_id, from_seq: null, seq: null, state });
    },
    committed: (recording_id, { first_seq: from_seq, last_seq, state }) => {
      const seq = last_seq ?? this.seq;
      this.hear({ kind: "batch", recording_id, from_seq, seq, state });
    },
    completed: (recording_id) => {
      if (this.last === null || this.last.kind === "rolled_back") return;
      this.hear({ ...this.last, kind: "complete", recording_id, from_seq: null });
    },
    rolledBack: (recording_id, why) => {
      this.hear({ kind: "rolled_back", recording_id, why });
    },
  };

  /** No more updates come. */
  close(): void {
    this.isClosed = true;
    this.subject.complete();
  }

  /** Where things stand; null = nothing was imported, or what was imported last is not there any more. */
  private standing(): LiveUpdate | null {
    if (this.last === null || this.isClosed) return null;
    try {
      return this.updateOf(this.last);
    } catch (error) {
      if (error instanceof TwinError && GONE.includes(error.code)) return null;
      throw error;
    }
  }

  private get seq(): number | null {
    return this.last === null || this.last.kind === "rolled_back" ? null : this.last.seq;
  }

  private hear(heard: Heard): void {
    this.last = heard;
    if (this.subject.observed) this.subject.next(this.updateOf(heard));
  }

  private updateOf(heard: Heard): LiveUpdate {
    if (heard.kind === "rolled_back") return heard;
    const { kind, recording_id, from_seq, seq, state } = heard;
    const recording = this.read((sqlite) => pickRecording(sqlite, recording_id));
    const names = namesOf(this.read, recording);
    const stored = (): TwinState =>
      this.read((sqlite) => stateAt(sqlite, recording, seq ?? recording.firstSeq - 1));
    const of = {
      recording_id,
      recording: factsOf(recording),
      names,
      state: state ?? stored(),
      seq,
    };
    return kind === "batch" ? { kind, ...of, from_seq } : { kind, ...of };
  }
}
