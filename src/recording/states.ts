// What a recording says of a moment, and of two.

import { atOnce, type Steps } from "../base/steps.js";
import { type TwinState } from "../domain/fold/state.js";
import { hostStateOf, type HostStateOptions } from "../query/carry/host-state.js";
import { type AtDocument } from "../query/document/document.js";
import { at } from "../query/state/at.js";
import { blame, changesAt, type FieldBlame, type FieldChange } from "../query/state/changes.js";
import { type DiffDocument } from "../query/state/diff.js";
import { differences } from "../query/state/differences.js";
import { frameAt } from "../query/state/frame.js";
import { irteAt } from "../query/state/frame-irte.js";
import { irteBits, type IrteBitsDocument } from "../query/state/irte-bits.js";
import { type Frame, type FrameIrte } from "../query/state/frame-document.js";
import { momentDocument, type MomentDocument } from "../query/subject/moment-document.js";
import { resolveWhen } from "../query/subject/when.js";
import { type Recording } from "../timeline/read/recordings.js";
import { stateAt } from "../timeline/read/state-at.js";
import { asked } from "../twin-asked.js";
import {
  type AtAsyncOptions,
  type AtOptions,
  type DiffAsyncOptions,
  type DiffOptions,
  type EventOptions,
  type IrteAsyncOptions,
  type IrteOptions,
  type WhenOptions,
} from "../twin-options.js";
import { accessOf } from "./access.js";

/**
 * What a recording says of a moment, and of two: states, differences, and who set what. `RecordingView` is what a user of the library has.
 *
 * @internal
 */
export abstract class RecordingStates {
  /**
   * The state at a moment as the document of `at --json`. A name that is not seen by then is listed in `unknown`.
   * Throws ERR_WHEN, and ERR_NAME for a name that nothing in the recording has.
   */
  at(options: AtOptions = {}): AtDocument {
    const { when = "end", ...filter } = asked("at", options);
    return accessOf(this).read((sqlite, recording) => atOnce(at(sqlite, recording, when, filter)));
  }

  /** The same as `at`, in turns with all else that the process does: of a long recording it takes a while. */
  async atAsync(options: AtAsyncOptions = {}): Promise<AtDocument> {
    const { when = "end", signal, ...filter } = asked("atAsync", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => steady(recording, at(sqlite, recording, when, filter)),
      signal,
    );
  }

  /** What differs between two moments, field by field. Throws ERR_WHEN and ERR_NAME. */
  diff(options: DiffOptions = {}): DiffDocument {
    const wanted = asked("diff", options);
    return accessOf(this).read((sqlite, recording) =>
      atOnce(differences(sqlite, recording, wanted)),
    );
  }

  /** The same as `diff`, in turns with all else that the process does. */
  async diffAsync(options: DiffAsyncOptions = {}): Promise<DiffDocument> {
    const { signal, ...wanted } = asked("diffAsync", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => steady(recording, differences(sqlite, recording, wanted)),
      signal,
    );
  }

  /** The folded state at a moment, with row numbers for VMs and vCPUs. Throws ERR_WHEN. */
  stateAt(options: WhenOptions = {}): TwinState {
    const { when = "end" } = asked("stateAt", options);
    return accessOf(this).readMoment(when, (sqlite, recording, { seq }) =>
      stateAt(sqlite, recording, seq),
    );
  }

  /**
   * What is known of the host at the end, as JSON that `import` takes as an anchor: a recording that goes on where this one
   * ends begins with it. null = nothing is known, or the platform has no such dump.
   */
  hostState(options: HostStateOptions = {}): string | null {
    const given = asked("hostState", options);
    return accessOf(this).read((sqlite, recording) => hostStateOf(sqlite, recording, given));
  }

  /**
   * What the as-of views say of a moment, without the folded state's other parts: the fastest way there. Like the views
   * it does not know which values became unknown when events were lost; `at` does. Throws ERR_WHEN.
   */
  frameAt(options: WhenOptions = {}): Frame {
    const { when = "end" } = asked("frameAt", options);
    return accessOf(this).readMoment(when, (_sqlite, ...moment) =>
      frameAt((question) => accessOf(this).db.read(question), ...moment),
    );
  }

  /** One IRTE at a moment as the frame has it; null = not seen until then. Throws ERR_WHEN and ERR_NAME. */
  irteAt(options: IrteOptions): FrameIrte | null {
    const { irte, when = "end" } = asked("irteAt", options);
    return accessOf(this).readMoment(when, (...moment) => irteAt(...moment, irte));
  }

  /** For each field of an IRTE the change that set it, as of a moment. Throws ERR_WHEN and ERR_NAME. */
  blame(options: IrteOptions): readonly FieldBlame[] {
    const { irte, when = "end" } = asked("blame", options);
    return accessOf(this).readMoment(when, (sqlite, recording, { seq }) =>
      blame(sqlite, recording, irte, seq),
    );
  }

  /** The fields that an IRTE write changed; none for any other event. Throws ERR_WHEN if it is another recording's. */
  changesAt(options: EventOptions): readonly FieldChange[] {
    const { seq } = asked("changesAt", options);
    return accessOf(this).readMoment({ seq }, (sqlite) => changesAt(sqlite, seq));
  }

  /** The bits of an IRTE at a moment, field by field. Throws ERR_WHEN and ERR_NAME. */
  irteBits(options: IrteOptions): IrteBitsDocument {
    const { irte, when = "end" } = asked("irteBits", options);
    return accessOf(this).readMoment(when, (...moment) => atOnce(irteBits(...moment, irte)));
  }

  /** The same as `irteBits`, in turns with all else that the process does. */
  async irteBitsAsync(options: IrteAsyncOptions): Promise<IrteBitsDocument> {
    const { irte, when = "end", signal } = asked("irteBitsAsync", options);
    return accessOf(this).inTurns((sqlite, recording) => {
      const moment = resolveWhen(sqlite, recording, when);
      return steady(recording, irteBits(sqlite, recording, moment, irte));
    }, signal);
  }

  /** What a WHEN means: the last event that counts, and the time. Throws ERR_WHEN. */
  moment(options: WhenOptions = {}): MomentDocument {
    const { when = "end" } = asked("moment", options);
    return accessOf(this).readMoment(when, momentDocument);
  }
}

/** What grows is read as of one commit, so at once. */
function* steady<Result>({ state }: Recording, steps: Steps<Result>): Steps<Result> {
  return state === "complete" ? yield* steps : atOnce(steps);
}
