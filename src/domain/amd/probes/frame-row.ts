// Call frames, as a row of the probe table gives them: which function of the kernel calls which.

import { type Cause } from "../../events/causes.js";

/**
 * A call that can write IRTEs, and what runs on the task outside of it. "Before" and "after" are the releases
 * before and since the series of 62 patches that came with Linux 6.17.
 */
export interface FrameRow {
  /** The name of the frame: the probe's, unless the probe opens several. */
  readonly frame: string;
  /** What a write is caused by where this is the outermost frame; null = nothing by itself. */
  readonly cause: Cause | null;
  /** The frames that may be its caller; any other one has ended when this one begins. */
  readonly before: readonly string[];
  /** The same, for releases after the series. */
  readonly after: readonly string[];
  /** A caller calls it once at most in each run. */
  readonly once: boolean;
  /** It calls one of the other frames at most in each run. Absent = false. */
  readonly callsOne?: boolean;
  /** It runs with preemption disabled: it ends on the CPU that it began on. Absent = false. */
  readonly isPinned?: boolean;
}

type Named<Name extends string> = FrameRow & { readonly frame: Name };

/** A frame that no other frame calls. */
export function outermost<const Name extends string>(frame: Name, cause: Cause): Named<Name> {
  return { frame, cause, before: [], after: [], once: true };
}

/** A frame that no other frame calls, and that calls one other at most. */
export function outermostOfOne<const Name extends string>(frame: Name, cause: Cause): Named<Name> {
  return { ...outermost(frame, cause), callsOne: true };
}

/** A frame that no other frame calls, and that runs with preemption disabled. */
export function outermostPinned<const Name extends string>(frame: Name, cause: Cause): Named<Name> {
  return { ...outermost(frame, cause), isPinned: true };
}

/** A frame with the same callers in every release. */
export function nested<const Name extends string>(
  frame: Name,
  cause: Cause | null,
  { callers, once }: { readonly callers: readonly string[]; readonly once: boolean },
): Named<Name> {
  return { frame, cause, before: callers, after: callers, once };
}
