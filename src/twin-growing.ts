// A file that is followed, as the library's user names it.

import { partsOf, type GrowingOptions, type GrowingPart } from "./timeline/import/growing.js";
import { asked, askedPath } from "./twin-asked.js";

/**
 * Follows a file that grows, as `tail -F` does: each part is what stands in one file, to be imported as one recording.
 * For a pipe give `import` the pipe itself. Throws ERR_NO_SUCH_FILE, ERR_INPUT_UNREADABLE and ERR_USAGE.
 */
export async function* growing(
  path: string,
  options: GrowingOptions = {},
): AsyncGenerator<GrowingPart> {
  yield* partsOf(askedPath("growing follows a file", path), asked("growing", options));
}
