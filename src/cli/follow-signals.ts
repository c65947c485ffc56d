// What signals do to a command that follows.

/** The first signal ends the source, the second one the import. */
export class FollowSignals {
  /** Fires at the first signal. */
  readonly end = new AbortController();
  /** Fires at the second one. */
  readonly drop = new AbortController();

  /** From now on signals are listened to. */
  constructor() {
    process.on("SIGINT", this.onSignal);
    process.on("SIGTERM", this.onSignal);
  }

  /** Signals do again what they do by default. */
  close(): void {
    process.off("SIGINT", this.onSignal);
    process.off("SIGTERM", this.onSignal);
  }

  private readonly onSignal = (): void => {
    if (this.end.signal.aborted) this.drop.abort();
    this.end.abort();
  };
}
