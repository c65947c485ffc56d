-- Whose AVIC inhibits a line changes: the tracepoint names no VM.

UPDATE event_kind SET c = 'vm_inferred' WHERE id IN (23, 24);

-- The line of a return stands in call_return, however late it comes.
UPDATE event_kind SET meaning = replace(meaning, 'where it returned, if soon', 'where it returned')
WHERE id IN (16, 17);
