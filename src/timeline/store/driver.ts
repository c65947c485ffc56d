// Where better-sqlite3 is, for threads and processes that load it by themselves.

import { createRequire } from "node:module";

/** The path of better-sqlite3, as seen from this file, or from the file that it is bundled into. */
export function driverPath(): string {
  // A bundle of CommonJS has no `import.meta`, and an ES module no `__filename`.
  const own = import.meta.url as string | undefined;
  return createRequire(own ?? __filename).resolve("better-sqlite3");
}
