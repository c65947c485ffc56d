// The flags of findings on the minimap: those that would lie on each other are one with their number.

/** A flag, or several in one. */
export interface Flag {
  /** Its pixel. */
  readonly x: number;
  /** How many findings it stands for. */
  readonly count: number;
  /** One of them is warm. */
  readonly warm: boolean;
}

/** Joins flags so that none lies on another or on its number. `widthOf`: how wide a flag of so many findings is. */
export function flagsOf(all: readonly Flag[], widthOf: (count: number) => number): readonly Flag[] {
  const flags: Flag[] = [];
  for (const next of [...all].sort((a, b) => a.x - b.x)) {
    const last = flags.at(-1);
    if (last === undefined || next.x >= last.x + widthOf(last.count)) flags.push(next);
    else {
      const { x, count, warm } = last;
      flags[flags.length - 1] = { x, count: count + next.count, warm: warm || next.warm };
    }
  }
  return flags;
}
