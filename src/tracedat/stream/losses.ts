// Do the counts of the ring show that events are missing, besides those that its pages say are?
// Source: Documentation/trace/ftrace.rst, per_cpu/cpuN/stats.

/** What trace-cmd noted of one CPU's ring at the end. */
interface RingStats {
  readonly cpu: number;
  /** Events that were overwritten before they were read. */
  readonly overrun: number;
  /** Events that were not recorded because the ring was full. */
  readonly dropped: number;
}

function statsIn(text: string): RingStats | null {
  const cpu = /^CPU: *(\d{1,6})/m.exec(text)?.[1];
  if (cpu === undefined) return null;
  const countOf = (name: string): number =>
    Number(new RegExp(`^${name}: *(\\d{1,15})`, "m").exec(text)?.[1] ?? 0);
  const overrun = countOf("overrun") + countOf("commit overrun");
  return { cpu: Number(cpu), overrun, dropped: countOf("dropped events") };
}

/** Counts what the pages say is missing, against what the ring counted. */
export class LossCount {
  private readonly said = new Map<number, number>();

  /** A page of the CPU says that so many events are missing; null = it does not say how many. */
  note(cpu: number, count: number | null): void {
    this.said.set(cpu, (this.said.get(cpu) ?? 0) + (count ?? Infinity));
  }

  /** Does the ring count more? `texts`: of the CPUs' files `stats`. A dropped event leaves no trace in a page. */
  lacks(texts: readonly string[]): boolean {
    return texts
      .map(statsIn)
      .some(
        (stats) =>
          stats !== null && (stats.dropped > 0 || stats.overrun > (this.said.get(stats.cpu) ?? 0)),
      );
  }
}
