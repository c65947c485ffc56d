// `--redact-key FILE` of the commands that redact.

import { readFileSync } from "node:fs";
import { TwinError } from "../base/errors.js";
import { type Arguments } from "./command.js";

/** The option. */
export const REDACT_KEY_OPTION = {
  "redact-key": {
    type: "string",
    value: "FILE",
    help: "with --redact: a secret of 16 bytes or more; recordings with the same one have the same substitutes",
  },
} as const;

/** The bytes of the file; undefined = none is named. Throws ERR_USAGE where it cannot be read. */
export function redactKeyOption(args: Arguments): Uint8Array | undefined {
  const file = args.text("redact-key");
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw new TwinError("ERR_USAGE", `--redact-key ${file} cannot be read: ${says}`);
  }
}
