// What differs between two moments of a recording, in steps.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type AtFilter } from "../document/document.js";
import { ownNames } from "../subject/own-names.js";
import { type When } from "../subject/when.js";
import { at } from "./at.js";
import { diffSteps, type DiffDocument } from "./diff.js";

/** Which moments are compared, and of what. */
interface Compared extends AtFilter {
  readonly from?: When | undefined;
  readonly to?: When | undefined;
}

/** The difference of two moments, narrowed to what the filter names. Throws ERR_WHEN and ERR_NAME. */
export function* differences(
  sqlite: Database.Database,
  recording: Recording,
  { from = "start", to = "end", ...filter }: Compared,
): Steps<DiffDocument> {
  const names = ownNames(sqlite, recording).all();
  const before = yield* at(sqlite, recording, from, filter);
  yield;
  const after = yield* at(sqlite, recording, to, filter);
  yield;
  return yield* diffSteps(before, after, names);
}
