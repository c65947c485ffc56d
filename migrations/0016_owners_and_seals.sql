-- An import owns its recording by the random token in `importer`, and raises `beat` with each of its transactions and
-- about once a second: that shows that it lives, wherever it runs.

ALTER TABLE recording ADD COLUMN beat INTEGER NOT NULL DEFAULT 0;

-- SHA-256 of a checkpoint's other columns; NULL = made before there was one. A question checks it before it trusts the
-- state.
ALTER TABLE checkpoint ADD COLUMN sha256 TEXT;

-- SHA-256 of the verdicts and findings that the check stored with this row; NULL = it was stored before there was one.
ALTER TABLE audit ADD COLUMN sealed TEXT;
