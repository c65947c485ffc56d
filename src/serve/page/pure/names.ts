// Names as the page shortens them.

/** The name of a file without the ends that say that it is a trace. */
export function shortName(file: string): string {
  return file.replace(/\.gz$/, "").replace(/\.txt$/, "");
}

/** An entry's name without the segment where that is 0000. */
export function shortIrte(irte: string | null): string {
  return (irte ?? "").replace(/^0000:/, "");
}
