// The capture of one host, from its files to the script.

import { TwinError } from "../../base/errors.js";
import { didYouMean } from "../../base/suggest.js";
import { LEVELS, type Level } from "../../domain/platform/facts.js";
import { readHost, type HostFiles } from "./read-host.js";
import { type CapturePlan } from "../plan.js";
import { makePlan } from "../plan/make-plan.js";
import { openWith, type Open } from "../plan/undecidable.js";

/** A plan, with what it leaves open. */
export interface Capture {
  /** What the recording sets. */
  readonly plan: CapturePlan;
  /** What it cannot show. */
  readonly open: Open;
  /** What could not be read of the host, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * Plans the recording of a host. Throws ERR_BTF, ERR_KALLSYMS, ERR_VMLINUX or ERR_NO_KPROBES for what the host lacks,
 * ERR_NAME for a level that there is not, ERR_USAGE for files without a root.
 */
export function planCapture(files: HostFiles, level: Level): Capture {
  refuseOthers(files, level);
  const { kernel, notes } = readHost(files);
  const plan = makePlan(kernel, level);
  return { plan, open: openWith(plan), notes };
}

/** A level that there is not would be a plan without a probe. */
function refuseOthers(files: unknown, level: unknown): void {
  const { root, ...others } = Object(files) as Record<string, unknown>;
  const isText = (value: unknown): boolean => value == null || typeof value === "string";
  if (typeof root !== "string" || !Object.values(others).every(isText))
    throw new TwinError("ERR_USAGE", "a host has files: give its root, and paths or null");
  if (LEVELS.some((each) => each === level)) return;
  const name = String(level);
  throw new TwinError(
    "ERR_NAME",
    `${name} is no level${didYouMean(name, LEVELS)}: there are ${LEVELS.join(", ")}`,
  );
}
