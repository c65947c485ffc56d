// How a change of the kernel is named, so that it can be looked up.

/** A commit of the kernel. */
export interface Commit {
  /** The first 12 digits of its hash in Linus Torvalds' tree; null = not known. */
  readonly commit: string | null;
  /** The first line of its message. */
  readonly subject: string;
  /** Where it was discussed; null = not known. */
  readonly link: string | null;
}

/** A series of patches on the mailing lists. */
export interface Series {
  /** The subject of its cover letter. */
  readonly subject: string;
  /** How many patches it has. */
  readonly patches: number;
  /** The address of its cover letter. */
  readonly link: string;
}

/** What fixed a bug. */
export interface Fix extends Commit {
  /** Its number in the series, or the name of the fix. */
  readonly patch: string;
  /** The series that it belongs to; null = none. */
  readonly series: Series | null;
}
