-- What a finding says besides: the known bug, how often, in place of which IRTE, by which difference.

ALTER TABLE finding ADD COLUMN bug TEXT;
ALTER TABLE finding ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
-- Name of the IRTE that the rules demand a write of where this one was written.
ALTER TABLE finding ADD COLUMN instead_of TEXT;
-- Judged by other rules than the recording's: the difference of the two that it shows.
ALTER TABLE finding ADD COLUMN difference TEXT;

DROP VIEW v_finding;

CREATE VIEW v_finding AS
SELECT
  f.recording_id, f.id, f.kind, f.rule, f.invariant, f.severity, f.seq, e.time_ns,
  CASE WHEN f.devid IS NOT NULL THEN
    printf('%04x:%02x:%02x.%x/%d', f.segment, f.devid >> 8, (f.devid >> 3) & 31, f.devid & 7, f.irte_index)
  END AS irte,
  vm.vm_id, vcpu.vcpu_id, f.fields, f.expected_lo, f.expected_hi, f.observed_lo, f.observed_hi,
  f.cause_seq, f.evidence, f.title, f.bug, e.line, f.times, f.instead_of, f.difference
FROM finding AS f
JOIN event AS e ON e.seq = f.seq
LEFT JOIN vcpu ON vcpu.id = f.vcpu
LEFT JOIN vm ON vm.id = vcpu.vm;
