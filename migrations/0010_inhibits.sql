-- Whose AVIC inhibits a line changes: the tracepoint names no VM.

UPDATE event_kind SET c = 'vm_inferred' WHERE id IN (23, 24);
