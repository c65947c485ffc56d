-- What `check` said of a recording besides its findings, so that a question about a finding judges nothing anew.

ALTER TABLE audit ADD COLUMN report TEXT;

-- SHA-256 over the report and the findings. `sealed` covers the verdicts about writes too, of which there are many more.
ALTER TABLE audit ADD COLUMN report_sealed TEXT;
