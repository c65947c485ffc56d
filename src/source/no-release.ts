// What is given as a kernel release, and is none.

import { TwinError } from "../base/errors.js";

/** The ERR_KERNEL_UNKNOWN of a text that is no kernel release. */
export function noRelease(text: string): TwinError {
  return new TwinError(
    "ERR_KERNEL_UNKNOWN",
    `${text} is not a kernel release: name it as \`uname -r\` prints it, such as 6.17.13, or its rules with \`rules\``,
  );
}
