-- What is drawn of one subject over the time, where no index finds it by its subject: to draw one lane, nothing else is
-- read. Recordings that are stored already have none, and are drawn from passes over their events: `rebuild` makes them.
CREATE TABLE lane_pack (
  recording_id INTEGER NOT NULL REFERENCES recording (id),
  -- What its rows are (src/projections/lane-packs.ts).
  kind TEXT NOT NULL,
  -- Whose they are: an IRTE, a row of vcpu, a CPU or a cause, by the kind.
  subject INTEGER NOT NULL,
  -- How many rows a lane of it has.
  changes INTEGER NOT NULL,
  -- The value of the last row; -1 = it has none.
  last INTEGER NOT NULL,
  -- The rows as numbers of seven bits a byte, the lowest first.
  numbers BLOB NOT NULL,
  PRIMARY KEY (recording_id, kind, subject)
) STRICT, WITHOUT ROWID;
