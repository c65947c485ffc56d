// One recording of an open timeline: what is known of it, and everything that can be asked of it, with option objects.

import type Database from "better-sqlite3";
import { eitherOf } from "./base/abort.js";
import { atOnce, type Steps } from "./base/steps.js";
import { type AtDocument } from "./query/document/document.js";
import { at } from "./query/state/at.js";
import { contradiction } from "./query/state/diff.js";
import { type When } from "./query/subject/when.js";
import { Connection } from "./timeline/open/connection.js";
import { factsOf, type RecordingFacts } from "./timeline/read/recording-facts.js";
import { type Recording } from "./timeline/read/recordings.js";
import { lastUnread } from "./timeline/read/unread-lines.js";
import { type Redaction, refuseKey } from "./timeline/redact/redaction.js";
import { redactionsOf } from "./timeline/rewind/redactions.js";
import { redactedDocument } from "./query/state/redacted-document.js";
import { rewind, type RewindResult } from "./timeline/rewind/rewind.js";
import { asked } from "./twin-asked.js";
import { type RewindOptions } from "./twin-options.js";
import { Access, accessOf, giveAccess } from "./recording/access.js";
import { RecordingLanes } from "./recording/lanes.js";

/** A recording has all that `RecordingFacts` says. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- the constructor copies every field.
export interface RecordingView extends RecordingFacts {}

/** Makes a view of a recording of an open timeline. */
export let viewOf: (db: Connection, recording: Recording) => RecordingView;

/**
 * A recording of an open timeline: its facts are fields, as they were when the view was made, and its questions take
 * option objects. JSON and `structuredClone` have its fields. Every question throws ERR_CLOSED once
 * the timeline is closed, ERR_NO_RECORDING if the recording was rolled back, ERR_PLATFORM_UNKNOWN if its platform is
 * only recognised, and what stands at the question.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above.
export class RecordingView extends RecordingLanes {
  static {
    viewOf = (db, recording) => new RecordingView(db, recording);
  }

  private constructor(db: Connection, recording: Recording) {
    super();
    giveAccess(this, new Access(db, recording.id));
    Object.assign(this, factsOf(recording));
  }

  /**
   * Makes a timeline that ends at a moment of this recording. This one is only read. Throws ERR_EXISTS if the file is
   * there already, ERR_REWIND if the state at its end is not the one at that moment, ERR_WHEN. `signal` stops it within
   * about a tenth of a second: then it throws ERR_ABORTED, and nothing of the file stays.
   */
  async rewind(options: RewindOptions): Promise<RewindResult> {
    const { to, when = "end", redact = false, redactKey, signal } = asked("rewind", options);
    refuseKey({ redact, redactKey });
    try {
      const plan = accessOf(this).readMoment(when, (sqlite, recording, moment) => {
        return {
          cut: { recording, ...moment, unread: lastUnread(sqlite, recording, moment.seq) },
          redactions: redact ? redactionsOf(sqlite, redactKey ?? null) : null,
        };
      });
      const { recording } = plan.cut;
      const redaction = plan.redactions?.get(recording.id) ?? null;
      const compare = (made: Database.Database): Steps<string | null> =>
        this.#compareAt(when, new RecordingView(new Connection(to, made), recording), redaction);
      return await rewind(
        accessOf(this).db.file,
        to,
        plan,
        compare,
        eitherOf(accessOf(this).db.closed, signal),
      );
    } catch (error) {
      throw accessOf(this).db.errorOf(error);
    }
  }

  /** What differs between the state at a moment and the one at the end of a copy; null = nothing. */
  *#compareAt(when: When, copy: RecordingView, redaction: Redaction | null): Steps<string | null> {
    const own = this.#trustedAt(when);
    yield;
    const told = redaction === null ? own : redactedDocument(own, redaction);
    return contradiction(told, copy.#trustedAt("end"));
  }

  /** The state at a moment as the events tell it, whatever there is to doubt in the recording. */
  #trustedAt(when: When): AtDocument {
    return accessOf(this).read((sqlite, recording) => atOnce(at(sqlite, recording, when, {}, [])));
  }
}
