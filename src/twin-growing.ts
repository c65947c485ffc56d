// Sources that are more than a file as it stands: one that is followed, and several that are parts of one trace.

import { TwinError } from "./base/errors.js";
import { partsOf, type GrowingOptions, type GrowingPart } from "./timeline/import/growing.js";
import { joinTraces, type JoinedTrace, type JoinOptions } from "./timeline/import/join.js";
import { asked, askedByte, askedPath, refuseNoList } from "./twin-asked.js";

/**
 * Follows a file that grows, as `tail -F` does: each part is what stands in one file, to be imported as one recording.
 * For a pipe give `import` the pipe itself. Throws ERR_NO_SUCH_FILE, ERR_INPUT_UNREADABLE and ERR_USAGE.
 */
export async function* growing(
  path: string,
  options: GrowingOptions = {},
): AsyncGenerator<GrowingPart, void, undefined> {
  const { fromByteOf } = asked("growing", options);
  const told = fromByteOf && ((file: string) => askedByte(fromByteOf, file));
  yield* partsOf(askedPath("growing follows a file", path), { ...options, fromByteOf: told });
}

const TOGETHER = "joined puts files together";

/**
 * Several files that are parts of one trace, such as rotated logs, as the one trace that they are: give `import` its
 * `chunks` and `name`. The files may come in any order and are read twice. Lines that two of them have are taken once. What
 * is imported is what an import of the whole trace is, by the clock of the first file. Where lines are missing between two of
 * them, each CPU has a gap. Throws ERR_JOIN where they are not of one boot (as far as their headers tell) and one kernel,
 * where nothing tells the difference of their clocks, or where they have other lines for the same time; ERR_NO_SUCH_FILE and
 * ERR_USAGE.
 */
export async function joined(
  paths: readonly string[],
  options: JoinOptions = {},
): Promise<JoinedTrace> {
  const told = asked("joined", options);
  refuseNoList(TOGETHER, paths);
  const files = paths.map((path) => askedPath(TOGETHER, path));
  try {
    return await joinTraces(files, told);
  } catch (error) {
    throw TwinError.from(error);
  }
}
