// SQLite is a native module, which is built when it is installed.

import { TwinError } from "../../base/errors.js";

/** An error that says what to do, where better-sqlite3 has no binary that this Node can load; any other as it is. */
export function asNoBinary(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isMissing = "tries" in error;
  const isOfAnother = "code" in error && error.code === "ERR_DLOPEN_FAILED";
  if (!isMissing && !isOfAnother) return error;
  return new TwinError(
    "ERR_INTERNAL",
    `better-sqlite3 has no binary that Node ${process.versions.node} can load, because its install script did not run or was run by another Node: run \`npm rebuild better-sqlite3\``,
    { cause: error },
  );
}
