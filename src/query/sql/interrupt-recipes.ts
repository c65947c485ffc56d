// Recipes about interrupts that a recording shows, and about windows in which one could be late or lost: over
// v_interrupt and v_fate.

import { type Recipe } from "./recipe.js";

/** The recipes, in the order in which they are listed. */
export const INTERRUPT_RECIPES: readonly Recipe[] = [
  {
    id: "interrupt-verdicts",
    question: "What became of the interrupts that the recording shows?",
    note: "An interrupt that is posted to a running vCPU leaves no line: it is not among them.",
    sql: `SELECT coalesce(path, '-') AS path, verdict, reason, count(*) AS interrupts, sum(sure) AS sure, max(id) AS last_seq
  FROM v_interrupt
  GROUP BY recording_id, path, verdict, reason ORDER BY recording_id, interrupts DESC, path, verdict, reason`,
  },
  {
    id: "interrupt-latency",
    question: "How long did interrupts take to a running vCPU, by the way that they took?",
    note: "From the first moment that the recording shows: KVM is told of the GA log's entry, the host's handler, or the acceptance.",
    sql: `WITH took AS (
    SELECT recording_id, path, verdict, running_ns - coalesce(raised_ns, logged_ns) AS latency
    FROM v_interrupt WHERE running_ns IS NOT NULL AND coalesce(raised_ns, logged_ns) IS NOT NULL
  ),
  ranked AS (
    SELECT *, row_number() OVER way AS place, count(*) OVER (PARTITION BY recording_id, path, verdict) AS of
    FROM took WINDOW way AS (PARTITION BY recording_id, path, verdict ORDER BY latency)
  )
  SELECT k.path, k.verdict, count(*) AS interrupts, min(k.latency) AS shortest,
    min(k.latency) FILTER (WHERE k.place * 2 >= k.of) AS half,
    min(k.latency) FILTER (WHERE k.place * 10 >= k.of * 9) AS nine_of_ten,
    min(k.latency) FILTER (WHERE k.place * 100 >= k.of * 99) AS ninety_nine_of_hundred,
    max(k.latency) AS longest, r.clock_unit AS unit
  FROM ranked AS k JOIN v_recording AS r USING (recording_id)
  GROUP BY k.recording_id, k.path, k.verdict ORDER BY k.recording_id, k.path, k.verdict`,
  },
  {
    id: "longest-windows",
    question:
      "Which windows in which an interrupt could be late, misdirected or lost were the longest?",
    note: "The 50 longest that are not known to be in flight. `irqtwin explain IRTE@SEQ` explains one.",
    sql: `SELECT f.irte, f.fate, f.reason, f.from_seq, f.to_seq, coalesce(f.to_ns, r.last_ns) - f.from_ns AS time,
    r.clock_unit AS unit
  FROM v_fate AS f JOIN v_recording AS r USING (recording_id)
  WHERE f.in_flight IS NOT 1 AND f.fate IN ('pending', 'no handler', 'misdirected', 'lost wake-up', 'freed memory')
  ORDER BY time DESC, f.from_seq, f.irte LIMIT 50`,
  },
  {
    id: "left-cpu",
    question: "For how long would each IRTE's doorbell have rung on a CPU that the vCPU had left?",
    note: "Such an interrupt waits for the next entry or exit. In flight: while the kernel moves the vCPU.",
    sql: `SELECT f.irte, 'vm' || f.vm_id || '/vcpu' || f.vcpu_id AS vcpu, f.in_flight, count(*) AS windows,
    sum(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS time, max(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS longest,
    max(f.from_seq) AS last_seq, r.clock_unit AS unit
  FROM v_fate AS f JOIN v_recording AS r USING (recording_id)
  WHERE f.fate = 'pending' AND f.path = 'doorbell'
  GROUP BY f.recording_id, f.irte, f.vm_id, f.vcpu_id, f.in_flight ORDER BY f.recording_id, time DESC, f.irte, vcpu`,
  },
  {
    id: "misdirected-time",
    question: "For how long was each IRTE's interrupt misdirected, and why?",
    note: "To another vCPU or vector than the route in force says, or with no route or irqfd at all.",
    sql: `SELECT f.irte, f.reason, f.in_flight, count(*) AS windows, min(f.from_seq) AS first_seq, max(f.from_seq) AS last_seq,
    sum(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS time, r.clock_unit AS unit
  FROM v_fate AS f JOIN v_recording AS r USING (recording_id)
  WHERE f.fate = 'misdirected'
  GROUP BY f.recording_id, f.irte, f.reason, f.in_flight ORDER BY f.recording_id, time DESC, f.irte, f.reason`,
  },
  {
    id: "in-flight",
    question: "How long did kernel functions leave IRTEs in flight, by what they began with?",
    note: "The IOMMU may then do what the old bits say, or the new ones. The longest of each kind, with its event.",
    sql: `WITH span AS (
    SELECT f.recording_id, e.kind, coalesce(e.cause, '-') AS cause, f.irte, f.from_seq,
      coalesce(f.to_ns, r.last_ns) - f.from_ns AS time, r.clock_unit AS unit
    FROM v_fate AS f JOIN v_recording AS r USING (recording_id) CROSS JOIN v_event AS e ON e.seq = f.from_seq
    WHERE f.in_flight = 1
  ),
  ranked AS (
    SELECT *, row_number() OVER (PARTITION BY recording_id, kind, cause ORDER BY time DESC, from_seq, irte) AS place,
      count(*) OVER (PARTITION BY recording_id, kind, cause) AS spans,
      sum(time) OVER (PARTITION BY recording_id, kind, cause) AS total
    FROM span
  )
  SELECT kind, cause, spans, total, time AS longest, from_seq AS longest_seq, irte AS longest_irte, unit
  FROM ranked WHERE place = 1 ORDER BY recording_id, longest DESC, kind, cause`,
  },
  {
    id: "needless-logs",
    question: "How many entries of the GA log woke a vCPU that did not wait for them?",
    note: "What bugs B3, B4 and B7 of `irqtwin rules --bugs` cost: KVM is told, and has nobody to wake.",
    sql: `SELECT coalesce(vcpu_got, '-') AS vcpu, reason, count(*) AS logged, max(id) AS last_seq
  FROM v_interrupt
  WHERE path = 'GA log' AND woken_ns IS NULL AND verdict IN ('delayed', 'delivered')
  GROUP BY recording_id, vcpu_got, reason ORDER BY recording_id, logged DESC, vcpu, reason`,
  },
];
