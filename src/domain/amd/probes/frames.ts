// The call frames of the probe table, each knowing its callers.

import { causeCode } from "../../events/causes.js";
import { PROBES, type FrameName } from "./probes.js";
import { type FrameRow } from "./frame-row.js";

/** A function of the kernel that can write IRTEs, as a frame of a task's call stack. */
export interface FrameKind {
  /** Its name in the table. */
  readonly name: string;
  /** Code of the cause that it stands for as the outermost frame; null = none by itself. */
  readonly cause: number | null;
  /** The frames that call it, in the releases before the series of 62 patches and since. */
  readonly callers: Readonly<Record<"before" | "after", readonly FrameKind[]>>;
  /** A caller calls it once at most in each run. */
  readonly once: boolean;
  /** It calls one of the other frames at most in each run. */
  readonly callsOne: boolean;
  /** It ends on the CPU that it began on. */
  readonly isPinned: boolean;
}

interface Unlinked extends FrameKind {
  readonly callers: Record<"before" | "after", FrameKind[]>;
}

const ROWS = PROBES.flatMap(({ frames }) => frames);

function linked(): ReadonlyMap<string, FrameKind> {
  const kinds = new Map(ROWS.map((row) => [row.frame, unlinked(row)]));
  const kindOf = (name: string): FrameKind => {
    const kind = kinds.get(name);
    if (kind === undefined) throw new Error(`the probe table has no frame ${name}`);
    return kind;
  };
  for (const { frame, before, after } of ROWS) {
    const callers = kinds.get(frame)?.callers;
    callers?.before.push(...before.map(kindOf));
    callers?.after.push(...after.map(kindOf));
  }
  return kinds;
}

function unlinked(row: FrameRow): Unlinked {
  const { frame, cause, once, callsOne = false, isPinned = false } = row;
  const code = cause === null ? null : causeCode(cause);
  return { name: frame, cause: code, callers: { before: [], after: [] }, once, callsOne, isPinned };
}

/** The frames by name: `FRAME.avic_vcpu_load`. */
export const FRAME = Object.fromEntries(linked()) as Readonly<Record<FrameName, FrameKind>>;
