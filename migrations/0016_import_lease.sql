-- An import owns its recording by the random token in `importer`, and raises `beat` with each of its transactions and
-- about once a second: that shows that it lives, wherever it runs.

ALTER TABLE recording ADD COLUMN beat INTEGER NOT NULL DEFAULT 0;
