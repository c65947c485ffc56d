// A file that the timeline holds already: nothing to do, or to be read in another way.

import { TwinError } from "../../base/errors.js";
import { type ImportResult } from "./import-result.js";
import { type Anchor } from "./anchor.js";
import { type ImportOptions } from "./options.js";
import { refuseClock, refuseSeconds } from "./refuse-clock.js";

/** How the caller wants the file to be read. */
type Asked = Omit<ImportOptions, "anchor"> & { readonly anchor: Anchor | null };

/**
 * The same file is the same recording, and a correction of it that was made is that correction. Throws ERR_USAGE if it
 * is to be read otherwise than it was, and no correction is named.
 */
export function isDone(known: ImportResult, options: Asked): boolean {
  const { supersedes } = options;
  const other = readOtherwise(known, options);
  if (supersedes !== undefined) return known.supersedes === supersedes && other.length === 0;
  if (other.length === 0) return true;
  refuseAsBefore(known, options);
  throw new TwinError(
    "ERR_USAGE",
    `${known.file} is recording ${known.recording_id} already, and was read without ${other.join(" and ")}: read it anew as a correction with \`supersedes: ${known.recording_id}\``,
  );
}

/** A correction would be refused as well where the clock of the file does not allow what is said of it. */
function refuseAsBefore({ clock_unit, clock_hz }: ImportResult, options: Asked): void {
  const unit = clock_hz === null ? clock_unit : "ticks";
  refuseClock(options, unit);
  refuseSeconds(options, unit);
}

/** The options by which a recording would be read otherwise than it was. */
function readOtherwise(known: ImportResult, options: Asked): readonly string[] {
  const { rules, kernel, clockHz, supersedes, anchor } = options;
  const isOtherClock =
    clockHz === undefined
      ? supersedes !== undefined && known.clock_hz !== null
      : clockHz !== known.clock_hz;
  return [
    ...(isOtherClock ? [clockHz === undefined ? "its own clock" : `\`clockHz: ${clockHz}\``] : []),
    ...(rules !== undefined && rules !== known.rules ? [`\`rules: ${rules}\``] : []),
    ...otherAnchor(known, anchor, supersedes !== undefined),
    ...(kernel !== undefined && kernel !== known.kernel ? [`\`kernel: ${kernel}\``] : []),
  ];
}

/** A dump that the recording was read without. Only a correction can be one without the dump that it was read with. */
function otherAnchor(
  known: ImportResult,
  anchor: Anchor | null,
  isCorrection: boolean,
): readonly string[] {
  if (anchor === null) return isCorrection && known.anchor !== null ? ["its trace alone"] : [];
  return anchor.identity === known.anchor ? [] : ["this dump (`anchor`)"];
}
