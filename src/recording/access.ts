// How the questions of a recording reach its timeline.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { requireRead } from "../platforms/registry.js";
import { resolveWhen, type Moment, type When } from "../query/subject/when.js";
import { type Connection } from "../timeline/open/connection.js";
import { type Recording } from "../timeline/read/recordings.js";

/** What is asked of a recording as it stands now. */
type Question<Result> = (sqlite: Database.Database, recording: Recording) => Result;

/** The timeline of a recording, and which one it is. */
export class Access {
  /** The timeline. */
  readonly db: Connection;
  /** The recording's number. */
  readonly id: number;

  /** To the recording `id` of a timeline. */
  constructor(db: Connection, id: number) {
    this.db = db;
    this.id = id;
  }

  /** Reads the recording as it stands now, whatever its platform. */
  raw<Result>(question: Question<Result>): Result {
    return this.db.readRecording(this.id, question);
  }

  /** The same in turns. */
  rawInTurns<Result>(
    question: Question<Steps<Result>>,
    signal: AbortSignal | undefined,
    rest?: number,
  ): Promise<Result> {
    return this.db.readInTurns(this.id, question, signal, rest);
  }

  /** Reads the recording as it stands now. Throws ERR_PLATFORM_UNKNOWN if its platform is only recognised. */
  read<Result>(question: Question<Result>): Result {
    return this.raw(refusing(question));
  }

  /** Reads the recording as it stands now, in turns. */
  inTurns<Result>(
    question: Question<Steps<Result>>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    return this.rawInTurns(refusing(question), signal);
  }

  /** Reads the recording at a moment, all of it as of one commit. */
  readMoment<Result>(
    when: When,
    question: (sqlite: Database.Database, recording: Recording, moment: Moment) => Result,
  ): Result {
    return this.db.inOneRead(() =>
      this.read((sqlite, recording) =>
        question(sqlite, recording, resolveWhen(sqlite, recording, when)),
      ),
    );
  }
}

function refusing<Result>(question: Question<Result>): Question<Result> {
  return (sqlite, recording) => {
    requireRead(recording);
    return question(sqlite, recording);
  };
}

/** The recordings' own: no user of the library sees them. */
const accesses = new WeakMap<object, Access>();

/** Gives a recording its access. */
export function giveAccess(recording: object, access: Access): void {
  accesses.set(recording, access);
}

/** The access of a recording. Throws TypeError for an object that is none. */
export function accessOf(recording: object): Access {
  const access = accesses.get(recording);
  if (access === undefined) throw new TypeError("a question is asked of a recording");
  return access;
}
