// Which irqtwin this is, and which kernels it has rules for.

import { readFileSync } from "node:fs";
import { RULES_IDS, releasesOf } from "../index.js";

/** The version of the package, such as `0.1.0`. */
export function version(): string {
  const manifest = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  return manifest.version;
}

/** What `--version --json` prints. */
export function versionDocument(): unknown {
  return {
    version: version(),
    node: process.versions.node,
    rules: RULES_IDS.map((id) => ({ id, kernels: releasesOf(id) })),
  };
}
