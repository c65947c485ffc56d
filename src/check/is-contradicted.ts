// Do lines of a recording contradict each other, or lack others? Asked at the end of an import of what has no header: only its own
// lines can show that it is a part of a trace.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { differentProfiles } from "../domain/platform/different-profiles.js";
import { platformOf } from "../platforms/registry.js";
import { type Recording } from "../timeline/read/recordings.js";
import { judgedRecording, judgeRecording } from "./judge-recording.js";
import { whyUnjudged } from "./why-unjudged.js";

/** By all rules that the recording allows; false where there are none, or nothing is judged. */
export function* isContradicted(sqlite: Database.Database, recording: Recording): Steps<boolean> {
  const platform = platformOf(recording);
  const profiles = differentProfiles(platform, recording.rulesAllowed);
  if (recording.lastSeq === null || profiles.length === 0) return false;
  // All its events are stored, and so are their names, though its import is not over.
  const judged = judgedRecording(sqlite, { ...recording, state: "complete" }, platform);
  if (whyUnjudged(judged, profiles) !== null) return false;
  const ofDumps = platform.contradictions.filter(({ isOfDump }) => isOfDump).map(({ id }) => id);
  for (const profile of profiles) {
    const { found, counts } = yield* judgeRecording(judged, profile);
    const isContradicted = found.some(
      ({ contradiction }) => contradiction !== undefined && !ofDumps.includes(contradiction),
    );
    // A write that no function explains lacks the function's line, where nothing shows that all lines are there.
    if (!isContradicted && counts.unexpected === 0) return false;
  }
  return true;
}
