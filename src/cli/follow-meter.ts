// How a followed recording stands: numbers for the status line and for `--metrics`.

import { decodeIrte, type LiveUpdate } from "../index.js";

/** How far the following is. */
export interface FollowNumbers {
  /** The recording that grows; null = none has begun. */
  readonly recording_id: number | null;
  /** Events that were stored since the command began. */
  readonly events: number;
  /** Bytes that were read since then. */
  readonly bytes: number;
  /** Events that were stored in the last whole second. */
  readonly events_per_second: number;
  /** Seconds since the oldest bytes came that are read and not stored; 0 = all is stored. */
  readonly lag_seconds: number;
  /** IRTEs that post to a vCPU. */
  readonly posted: number;
  /** IRTEs that were seen. */
  readonly irtes: number;
}

/** Counts what is read and what is stored. */
export class FollowMeter {
  private readonly began = performance.now();
  private events = 0;
  private bytes = 0;
  private seq: number | null = null;
  private update: LiveUpdate | null = null;
  /** When the oldest bytes came that are not stored; null = all are. */
  private waitsSince: number | null = null;
  private second = { began: performance.now(), events: 0, rate: 0 };

  /** The same bytes, which are counted as they come. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      this.waitsSince ??= performance.now();
      yield chunk;
    }
  }

  /** What `Timeline.live` says. */
  readonly take = (update: LiveUpdate): void => {
    this.update = update;
    if (update.kind === "rolled_back") this.seq = null;
    else if (update.kind === "began") this.seq = update.recording.first_seq - 1;
    else {
      const before = this.seq ?? update.recording.first_seq - 1;
      this.events += Math.max(0, (update.seq ?? before) - before);
      this.seq = update.seq ?? before;
      this.waitsSince = null;
    }
  };

  /** Seconds since the command began. */
  get seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** The numbers now. */
  get numbers(): FollowNumbers {
    const now = performance.now();
    this.endSecond(now);
    const { update, waitsSince } = this;
    const state = update === null || update.kind === "rolled_back" ? null : update.state;
    const irtes = state === null ? [] : [...state.iommu.irtes.values()];
    return {
      recording_id: update?.recording_id ?? null,
      events: this.events,
      bytes: this.bytes,
      events_per_second: this.second.rate,
      lag_seconds: waitsSince === null ? 0 : (now - waitsSince) / 1000,
      posted: irtes.filter(({ bits }) => bits !== null && decodeIrte(bits).shape === "posted")
        .length,
      irtes: irtes.length,
    };
  }

  private endSecond(now: number): void {
    const { began, events } = this.second;
    const seconds = (now - began) / 1000;
    if (seconds < 1) return;
    const rate = Math.round((this.events - events) / seconds);
    this.second = { began: now, events: this.events, rate };
  }
}
