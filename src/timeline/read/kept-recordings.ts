// What is known of recordings that were dropped, and of parts of a source that goes on.

/** That a recording was dropped: its events are no longer in the timeline. */
export interface RecordingDropped {
  /** When, in UTC, such as `2026-01-31T12:00:00.000Z`. */
  readonly at: string;
  /** Why, in words. */
  readonly why: string;
  /** How many events it had. */
  readonly events: number;
  /**
   * The hash of its last link of the chain, which proves a copy of it: `verify` of the copy takes it as its anchor. null =
   * it was imported before there was a chain.
   */
  readonly hash: string | null;
}

/** Which part of a source a recording is, where the source goes on: bytes as they came, without what was put before them. */
export interface SourcePart {
  /** The number of its first byte in the source, from 0. */
  readonly from_byte: number;
  /** The number of the byte behind its last one. */
  readonly to_byte: number;
  /** SHA-256 of the last 4,096 bytes of the source before `to_byte`, or of as many as there are. */
  readonly tail_sha256: string;
}

/** A recording that is a part of a source. */
export interface RecordingPart extends SourcePart {
  /** When it became complete, in UTC, such as `2026-01-31T12:00:00.000Z`. */
  readonly ended_at: string;
  /** How many seconds before the recording was asked for that was, by the wall clock; 0 if that was set back since. */
  readonly age_seconds: number;
}
