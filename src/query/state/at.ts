// `at`: the state at a moment as a document, with an answer for every name that was asked for.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { Directory } from "../../timeline/read/directory.js";
import { type Doubt } from "../../timeline/read/doubts.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { absent, fullNames } from "../subject/named.js";
import { resolveWhen, type When } from "../subject/when.js";
import { describeAt } from "./describe.js";
import { type AtDocument, type AtFilter } from "../document/document.js";

/**
 * The state of a recording at a WHEN, narrowed to what the filter names. Throws ERR_WHEN if the WHEN is
 * malformed or outside the recording, ERR_NAME if the filter names something that nothing in the whole
 * recording has. A name that is only not seen by then is listed in `unknown`. `doubts`: the reasons to doubt the
 * recording. Default: all that it has.
 */
export function* at(
  sqlite: Database.Database,
  recording: Recording,
  when: When,
  narrowedTo: AtFilter = {},
  doubts?: readonly Doubt[],
): Steps<AtDocument> {
  const moment = resolveWhen(sqlite, recording, when);
  const filter = fullNames(narrowedTo);
  const who = new Directory(sqlite, recording);
  const { document } = yield* describeAt(sqlite, recording, who, moment, { filter, doubts });
  const missing = absent(sqlite, recording, filter, document);
  return { ...document, unknown: [...document.unknown, ...missing] };
}
