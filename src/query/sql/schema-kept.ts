// The tables of what was dropped, and of parts of a source that goes on, as `type [unit]: meaning`.

import { shared, type Relation } from "./schema-shared.js";

/** By the name of a table: what a row of it is, and what each column means. */
export const KEPT_TABLES: Readonly<Record<string, Relation>> = {
  dropped_recording: {
    row: "a recording that was dropped: its own row and its links stay; insert-only",
    columns: {
      ...shared("recording_id"),
      dropped_at: "text: when, in UTC, such as 2026-01-31T12:00:00.000Z",
      why: "text: why, in words",
      events: "integer [events]: how many it had",
      hash: "text: of its last link; NULL = it was imported before there was a chain",
    },
  },
  dropped_remainder: {
    row: "a dropped recording of which rows are left, to be removed by whoever writes next",
    columns: { ...shared("recording_id") },
  },
  recording_part: {
    row: "a recording that is a part of a source that goes on, as `follow --keep` makes them",
    columns: {
      ...shared("recording_id"),
      ended_at: "text: when it became complete, in UTC, such as 2026-01-31T12:00:00.000Z",
      from_byte: "integer [byte]: the first byte of the source that it has, from 0",
      to_byte: "integer [byte]: the byte behind its last one",
      tail_sha256:
        "text: SHA-256 of the last 4,096 bytes of the source before to_byte, hexadecimal",
    },
  },
};
