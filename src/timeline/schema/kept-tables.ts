// The tables of what was dropped, and of parts of a trace that goes on, as Kysely sees them.

/** A complete recording whose rows were removed on purpose. */
export interface DroppedRecordingTable {
  recording_id: number;
  dropped_at: string;
  why: string;
  events: number;
  hash: string | null;
}

/** A dropped recording of which rows are left. */
export interface DroppedRemainderTable {
  recording_id: number;
}

/** A recording that is one part of a source that goes on. */
export interface RecordingPartTable {
  recording_id: number;
  ended_at: string;
  from_byte: number;
  to_byte: number;
  tail_sha256: string;
}
