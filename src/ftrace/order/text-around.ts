// The lines above the first event and below the last one that are no lines of a trace: what somebody wrote around it. They
// are no entries, so they cannot stand for any that a header counts.

/** Counts such lines. Each call has the number of events so far. */
export class TextAround {
  /** How many stand above the first event. */
  above = 0;
  private behind = 0;
  private events = 0;

  /** Takes a line that is none of a trace. */
  note(events: number): void {
    if (events !== this.events) this.behind = 0;
    this.events = events;
    if (events === 0) this.above++;
    else this.behind++;
  }

  /** How many stand below the last event so far. */
  below(events: number): number {
    return events === this.events ? this.behind : 0;
  }
}
