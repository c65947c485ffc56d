// Names as the page shortens them.

import { type Subject } from "./url-state.js";

/** The name of a file without the ends that say that it is a trace. */
export function shortName(file: string): string {
  return file.replace(/\.gz$/, "").replace(/\.txt$/, "");
}

/** What names a recording. */
export interface NamedRecording {
  /** Its number. */
  readonly id: number;
  /** The name of its file. */
  readonly file: string;
}

/** The short name of a recording, with its number where another one has the same. */
export function recordingName(
  { id, file }: NamedRecording,
  all: readonly NamedRecording[],
): string {
  const name = shortName(file);
  const isAlone = all.every((each) => each.id === id || shortName(each.file) !== name);
  return isAlone ? name : `${name} (${id})`;
}

/** What a subject is called by itself: a host CPU's name is a number. */
export function titleOf({ kind, name }: Subject): string {
  return kind === "cpu" ? `CPU ${name}` : name;
}

/** An entry's name without the segment where that is 0000. */
export function shortIrte(irte: string | null): string {
  return (irte ?? "").replace(/^0000:/, "");
}
