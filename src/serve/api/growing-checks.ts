// The findings of recordings that grow: each is judged as far as it is stored, on and on, as long as somebody asks.

import {
  MIN_DECIDED_DEFAULT,
  type GrowingCheck,
  type GrowingReport,
  type RecordingView,
} from "../../index.js";

/** Judging rests for so many times as long as it works, so that an import of this process goes on. */
const REST = 4;
/** What nobody has asked for in so many milliseconds is forgotten, with the memory that it takes. */
const KEPT_MS = 60_000;

interface Kept {
  readonly check: GrowingCheck;
  forget: NodeJS.Timeout;
}

/** The checks that go on. */
export class GrowingChecks {
  private readonly kept = new Map<number, Kept>();

  /** The findings of a recording as it stands. */
  async report(recording: RecordingView, signal: AbortSignal): Promise<GrowingReport> {
    return this.of(recording).report({ rest: REST, signal });
  }

  /** How many are kept. */
  get count(): number {
    return this.kept.size;
  }

  /** Forgets the check of a recording that grows no more. */
  forget(id: number): void {
    clearTimeout(this.kept.get(id)?.forget);
    this.kept.delete(id);
  }

  private of(recording: RecordingView): GrowingCheck {
    const { id } = recording;
    const before = this.kept.get(id);
    clearTimeout(before?.forget);
    const check = before?.check ?? recording.growingCheck({ minDecided: MIN_DECIDED_DEFAULT });
    const forget = setTimeout(() => {
      this.kept.delete(id);
    }, KEPT_MS).unref();
    this.kept.set(id, { check, forget });
    return check;
  }
}
