-- What makes the state at a moment fast: checkpoints that hold only what changed, and frames.
-- Derived from the events: both can be dropped and rebuilt.

-- NULL = the checkpoint is whole. Else the seq of a whole one: the state is that one's, with what this one
-- and all between them hold put over it, in order.
ALTER TABLE checkpoint ADD COLUMN whole_seq INTEGER;

-- The values of all intervals at any of the events first_seq to last_seq of a recording: `state` before the
-- first, and every change up to the last. ARCHITECTURE.md has the layout of the BLOBs.
CREATE TABLE frame (
  first_seq INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- first_seq of the frame whose `state` is whole and that this one adds to; its own, where it is whole.
  whole_seq INTEGER NOT NULL,
  -- Who is who: the keys of entities by slot, of all where the frame is whole, else of those that it adds.
  entities BLOB NOT NULL,
  state BLOB NOT NULL,
  changes BLOB NOT NULL
) STRICT;
