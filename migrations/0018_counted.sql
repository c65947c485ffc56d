-- 1 = a header of the trace, or the capture script, counts its lines: a probe without a line had none to print. 0 =
-- nothing counts them, so a filter may have taken them out. NULL = an older version stored the recording.
ALTER TABLE recording ADD COLUMN counted INTEGER;
