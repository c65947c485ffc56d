// A part of a long list, where making elements of all of it would take a browser seconds.

/** A part of a list. */
export interface Part<Each> {
  /** What is in it. */
  readonly part: readonly Each[];
  /** How many of the list stand before it. */
  readonly before: number;
  /** How many stand behind it. */
  readonly behind: number;
}

/** At most `most` of a list: those around a place, or the first where there is none (-1). */
export function partAround<Each>(all: readonly Each[], place: number, most: number): Part<Each> {
  const before = Math.max(0, Math.min(place - Math.floor(most / 2), all.length - most));
  const part = all.slice(before, before + most);
  return { part, before, behind: all.length - before - part.length };
}
