// The capture of one host, from its files to the script.

import { type Level } from "../../domain/platform/facts.js";
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

/** Plans the recording of a host. Throws what `readHost` does. */
export function planCapture(files: HostFiles, level: Level): Capture {
  const { kernel, notes } = readHost(files);
  const plan = makePlan(kernel, level);
  return { plan, open: openWith(plan), notes };
}
