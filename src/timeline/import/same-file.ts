// A file that the timeline holds already: nothing to do, or to be read in another way.

import { TwinError } from "../../base/errors.js";
import { type ImportResult } from "./import-result.js";
import { type ImportOptions } from "./options.js";

/**
 * The same file is the same recording, and a correction of it that was made is that correction. Throws ERR_USAGE if it
 * is to be read otherwise than it was, and no correction is named.
 */
export function isDone(known: ImportResult, options: ImportOptions): boolean {
  const { supersedes } = options;
  const other = readOtherwise(known, options);
  if (supersedes !== undefined) return known.supersedes === supersedes && other.length === 0;
  if (other.length === 0) return true;
  throw new TwinError(
    "ERR_USAGE",
    `${known.file} is recording ${known.recording_id} already, and was read without ${other.join(" and ")}: read it anew as a correction with --supersedes ${known.recording_id}`,
  );
}

/** The options by which a recording would be read otherwise than it was. */
function readOtherwise(known: ImportResult, options: ImportOptions): readonly string[] {
  const { rules, kernel, clockHz, supersedes } = options;
  const isOtherClock =
    clockHz === undefined
      ? supersedes !== undefined && known.clockHz !== null
      : clockHz !== known.clockHz;
  return [
    ...(isOtherClock ? [clockHz === undefined ? "its own clock" : `--clock-hz ${clockHz}`] : []),
    ...(rules !== undefined && rules !== known.rules ? [`--rules ${rules}`] : []),
    ...(kernel !== undefined && kernel !== known.kernel ? [`--kernel ${kernel}`] : []),
  ];
}
