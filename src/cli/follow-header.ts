// What the next part of a trace begins with: the lines of the header that are true of it too.

/** Keys of the capture script whose lines say how the trace was made, and not what was there when it began or ended. */
const REPEATED: ReadonlySet<string> = new Set([
  ...["capture", "kernel", "clock", "tsc_khz", "boot_id", "host", "start", "level"],
  ...["probe", "tracepoint", "filter", "refused", "unverified", "cpu", "pci", "only"],
]);

/**
 * The lines of a header that the next part repeats. What was running when the trace began, a dump of the table, and how
 * many entries the whole has are not true of a part.
 */
export function repeatable(header: string): string {
  return header
    .split(/(?<=\n)/)
    .filter((line) => {
      const key = /^# irqtwin ([a-z_]+):/.exec(line)?.[1];
      return key === undefined ? !line.includes("entries-in-buffer") : REPEATED.has(key);
    })
    .join("");
}
