// Questions that people ask of a recording, as SQL over the documented views: any SQLite client can run
// them. Times are in the recording's clock unit, which stands beside them (`unit`).

import { TwinError } from "../../base/errors.js";
import { didYouMean } from "../../base/suggest.js";
import { PROBE } from "../../domain/amd/probes/probes.js";
import { FATE_RECIPES } from "./fate-recipes.js";
import { INTERRUPT_RECIPES } from "./interrupt-recipes.js";
import { POSTING_SQL } from "./posting.js";
import { type Recipe } from "./recipe.js";

export { type Recipe, type RecipeId } from "./recipe.js";

/** The recipe of that name. Throws ERR_NAME if there is none. */
export function recipeOf(id: string): Recipe {
  const recipe = COOKBOOK.find((each) => each.id === id);
  if (recipe !== undefined) return recipe;
  const ids = COOKBOOK.map((each) => each.id);
  throw new TwinError(
    "ERR_NAME",
    `${id} is not a recipe${didYouMean(id, ids)}: there are ${ids.join(", ")}`,
  );
}

/** The clock unit of the recording of a row. */
function unitOf(table: string): string {
  return `(SELECT r.clock_unit FROM v_recording AS r WHERE r.recording_id = ${table}.recording_id)`;
}

/** The moments of GA log entries, each with the state its vCPU was in: what came last before it. */
const LOGGED_STATES = `state AS (
    SELECT recording_id, vm_id, vcpu_id, from_seq AS seq, coalesce(run_state, 'unknown') AS run_state, 0 AS logged
    FROM v_vcpu WHERE vcpu_id IS NOT NULL
    UNION ALL
    SELECT recording_id, vm_id, vcpu_id, seq, NULL, 1 FROM v_event
    WHERE kind = 'ga_log_entry' AND vcpu_id IS NOT NULL
  ),
  grouped AS (
    SELECT *, count(run_state) OVER (PARTITION BY recording_id, vm_id, vcpu_id ORDER BY seq, logged) AS part
    FROM state
  ),
  carried AS (
    SELECT *, max(run_state) OVER (PARTITION BY recording_id, vm_id, vcpu_id, part) AS was FROM grouped
  )`;

/** All recipes, in the order in which they are listed. */
export const COOKBOOK: readonly Recipe[] = [
  {
    id: "posting",
    question: "Is posting in use for each device interrupt at the end, and if not, why not?",
    note: "An interrupt is a valid IRTE. The reason is that of `irqtwin info`, as far as the recording shows it.",
    sql: POSTING_SQL,
  },
  {
    id: "wrong-is-run",
    question:
      "How long did each posted IRTE say that its vCPU runs when it did not, or the reverse?",
    note: "The kernel writes the IRTEs some microseconds after it sets IsRunning: short spans are that.",
    sql: `WITH named AS (
    SELECT *, iif(mode = 'posted', vm_id || '/' || vcpu_id, NULL) AS target FROM v_irte
  ),
  marked AS (
    SELECT *, target IS NOT lag(target) OVER (PARTITION BY recording_id, irte ORDER BY from_seq) AS begins
    FROM named
  ),
  numbered AS (
    SELECT *, sum(begins) OVER (PARTITION BY recording_id, irte ORDER BY from_seq) AS stay FROM marked
  ),
  stays AS (
    SELECT recording_id, irte, stay, vm_id, vcpu_id, min(from_seq) AS first, max(to_ns) AS until,
      iif(max(to_seq IS NULL), 9e18, max(to_seq)) AS last
    FROM numbered WHERE target IS NOT NULL GROUP BY recording_id, irte, stay
  ),
  stay AS MATERIALIZED (
    SELECT stays.*, vcpu.id FROM stays
    CROSS JOIN vm ON vm.vm_id = stays.vm_id AND vm.recording_id = stays.recording_id
    CROSS JOIN vcpu ON vcpu.vm = vm.id AND vcpu.vcpu_id = stays.vcpu_id
  ),
  point AS (
    SELECT s.*, i.from_seq AS seq, i.from_ns AS ns, i.is_run AS says,
      iif(i.from_seq = s.first, coalesce((SELECT v.is_running FROM vcpu_interval AS v
        WHERE v.vcpu = s.id AND v.from_seq <= s.first ORDER BY v.from_seq DESC LIMIT 1), 2), NULL) AS running
    FROM stay AS s JOIN numbered AS i USING (recording_id, irte, stay)
    UNION ALL
    SELECT s.*, v.from_seq, v.from_ns, NULL, coalesce(v.is_running, 2)
    FROM stay AS s CROSS JOIN vcpu_interval AS v
      ON v.vcpu = s.id AND v.from_seq > s.first AND v.from_seq < s.last
  ),
  grouped AS (
    SELECT *, count(says) OVER w AS says_part, count(running) OVER w AS running_part,
      coalesce(lead(ns) OVER w, until) - ns AS span
    FROM point WINDOW w AS (PARTITION BY recording_id, irte, stay ORDER BY seq)
  ),
  known AS (
    SELECT *, max(says) OVER (PARTITION BY recording_id, irte, stay, says_part) AS is_run,
      max(running) OVER (PARTITION BY recording_id, irte, stay, running_part) AS is_running
    FROM grouped
  )
  SELECT irte, 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu,
    count(*) FILTER (WHERE is_run = 1 AND is_running = 0) AS says_runs,
    coalesce(sum(span) FILTER (WHERE is_run = 1 AND is_running = 0), 0) AS says_runs_time,
    count(*) FILTER (WHERE is_run = 0 AND is_running = 1) AS says_out,
    coalesce(sum(span) FILTER (WHERE is_run = 0 AND is_running = 1), 0) AS says_out_time,
    coalesce(max(span) FILTER (WHERE is_run + is_running = 1), 0) AS longest,
    ${unitOf("known")} AS unit
  FROM known
  GROUP BY recording_id, irte, vm_id, vcpu_id
  ORDER BY recording_id, says_runs_time + says_out_time DESC, irte, vcpu`,
  },
  {
    id: "no-change",
    question: "Which IRTE writes changed nothing?",
    note: "Each is a table update and a flush for the same bits. The first write of an entry is not counted.",
    sql: `WITH written AS (
    SELECT recording_id, seq, cause, payload,
      lag(payload) OVER (PARTITION BY recording_id, devid, irte_index ORDER BY seq) AS before
    FROM v_event WHERE kind IN ('irte_written', 'irte_freed', 'irte_allocated') AND devid IS NOT NULL
  )
  SELECT coalesce(cause, 'unknown') AS cause, count(*) AS writes, sum(payload IS before) AS unchanged,
    printf('%.1f %%', 100.0 * sum(payload IS before) / count(*)) AS share
  FROM written WHERE seq IN (SELECT seq FROM v_event WHERE kind = 'irte_written')
  GROUP BY recording_id, cause HAVING unchanged > 0 ORDER BY recording_id, unchanged DESC`,
  },
  {
    id: "write-rate",
    question: "How many IRTE writes does each cause bring about, and how fast?",
    note: "Over the whole recording. A counter clock knows no second: there the rate is by 10^9 ticks.",
    sql: `SELECT coalesce(e.cause, 'unknown') AS cause, count(*) AS writes,
    round(count(*) * 1e9 / max(1, r.last_ns - r.first_ns), 2) AS rate,
    iif(r.clock_unit = 'ns', 'a second', 'in 10^9 ticks') AS unit
  FROM v_event AS e JOIN v_recording AS r USING (recording_id)
  WHERE e.kind = 'irte_written'
  GROUP BY e.recording_id, e.cause ORDER BY e.recording_id, writes DESC`,
  },
  {
    id: "ga-log",
    question: "How often did the GA log wake each vCPU, and in which state was it then?",
    note: "Since patch 61 only a blocking vCPU should be logged; a race with its wake-up remains.",
    sql: `WITH ${LOGGED_STATES}
  SELECT 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu, coalesce(was, 'unknown') AS run_state, count(*) AS entries
  FROM carried WHERE logged = 1
  GROUP BY recording_id, vm_id, vcpu_id, was ORDER BY recording_id, entries DESC, vcpu`,
  },
  {
    id: "while-blocked",
    question: "Which share of a vCPU's logged interrupts came while it blocked?",
    note: "Interrupts that a running vCPU gets are posted without a trace of it: they are not counted.",
    sql: `WITH ${LOGGED_STATES}
  SELECT 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu, count(*) AS logged, sum(was = 'blocking') AS while_blocked,
    printf('%.0f %%', 100.0 * sum(was = 'blocking') / count(*)) AS share
  FROM carried WHERE logged = 1
  GROUP BY recording_id, vm_id, vcpu_id ORDER BY recording_id, vm_id, vcpu_id`,
  },
  {
    id: "affinity-churn",
    question: "How often did the host move each interrupt, and between how many CPUs?",
    note: "A posted IRTE keeps its bits: the move shows when it is unposted.",
    sql: `SELECT printf('%02x:%02x.%d/%d', devid >> 8, devid >> 3 & 31, devid & 7, irte_index) AS irte,
    count(*) AS moves, count(DISTINCT json_extract(payload, '$.dest')) AS destinations,
    count(DISTINCT json_extract(payload, '$.vector')) AS vectors
  FROM v_event WHERE kind = 'host_affinity_set' AND devid IS NOT NULL
  GROUP BY recording_id, devid, irte_index ORDER BY recording_id, moves DESC, irte`,
  },
  {
    id: "who-wrote",
    question: "Who wrote the IRTE that is written most, and why?",
    note: "Another IRTE: put its devid and irte_index in place of the subquery.",
    sql: `WITH busiest AS (
    SELECT recording_id, devid, irte_index FROM v_event WHERE kind = 'irte_written'
    GROUP BY recording_id, devid, irte_index ORDER BY count(*) DESC, devid, irte_index LIMIT 1
  )
  SELECT printf('%02x:%02x.%d/%d', devid >> 8, devid >> 3 & 31, devid & 7, irte_index) AS irte,
    comm || '-' || pid AS task, coalesce(cause, 'unknown') AS cause, count(*) AS writes,
    min(seq) AS first_seq, max(seq) AS last_seq
  FROM v_event JOIN busiest USING (recording_id, devid, irte_index)
  WHERE kind = 'irte_written'
  GROUP BY comm, pid, cause ORDER BY writes DESC, task, v_event.cause`,
  },
  {
    id: "stale-links",
    question: "Which IRTEs stayed on a vCPU's ir_list after their producer was removed?",
    note: "Such a list element outlives its irqfd: a use after free waits (CVE-2026-23198 on 6.17).",
    sql: `SELECT l.irte, 'vm' || l.vm_id || '/vcpu' || l.vcpu_id AS vcpu, l.from_seq AS linked, e.seq AS producer_removed,
    l.to_seq AS unlinked, coalesce(l.removed_by, '-') AS unlinked_by
  FROM v_event AS e CROSS JOIN v_link AS l
    ON l.devid = e.devid AND l.irte_index = e.irte_index AND l.irte = e.irte AND l.recording_id = e.recording_id
    AND l.from_seq < e.seq AND (l.to_seq IS NULL OR l.to_seq > e.seq)
  WHERE e.kind = 'producer_removed' AND e.devid IS NOT NULL
    AND (l.removed_by IS NOT 'producer removed' OR l.to_seq IS NULL)
  ORDER BY e.seq`,
  },
  {
    id: "gaps",
    question: "Where does the recording not know?",
    note: "start: what came before. lost: a CPU's buffer ran over.",
    sql: `SELECT recording_id AS recording, kind, coalesce(cpu, 'all') AS cpu, coalesce(lost, '?') AS lost,
    from_seq, to_seq, to_ns - from_ns AS time, ${unitOf("v_gap")} AS unit
  FROM v_gap ORDER BY recording_id, to_seq`,
  },
  {
    id: "wake-to-load",
    question: "How long did a vCPU take from its GA log entry to its next load?",
    note: "The wake-up of an interrupt that could not be posted to a running vCPU.",
    sql: `WITH step AS (
    SELECT recording_id, vm_id, vcpu_id, seq, kind, time_ns,
      lead(kind) OVER w AS next_kind, lead(time_ns) OVER w - time_ns AS latency
    FROM v_event WHERE kind IN ('ga_log_entry', 'avic_vcpu_loaded') AND vcpu_id IS NOT NULL
    WINDOW w AS (PARTITION BY recording_id, vm_id, vcpu_id ORDER BY seq)
  ),
  ranked AS (
    SELECT *, ntile(100) OVER (PARTITION BY recording_id, vm_id, vcpu_id ORDER BY latency) AS percentile
    FROM step WHERE kind = 'ga_log_entry' AND next_kind = 'avic_vcpu_loaded'
  )
  SELECT 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu, count(*) AS wakes, min(latency) AS shortest,
    max(latency) FILTER (WHERE percentile <= 50) AS half, max(latency) AS longest,
    ${unitOf("ranked")} AS unit
  FROM ranked GROUP BY recording_id, vm_id, vcpu_id ORDER BY recording_id, vm_id, vcpu_id`,
  },
  {
    id: "top-devices",
    question: "Which devices' IRTEs are written most?",
    note: "Each write costs a flush of the IOMMU's interrupt remapping cache.",
    sql: `SELECT printf('%02x:%02x.%d', devid >> 8, devid >> 3 & 31, devid & 7) AS device,
    count(DISTINCT irte_index) AS irtes, count(*) AS writes
  FROM v_event WHERE kind = 'irte_written' AND devid IS NOT NULL
  GROUP BY recording_id, devid ORDER BY recording_id, writes DESC, device LIMIT 20`,
  },
  {
    id: "close-writes",
    question: "Which writes of one IRTE by two CPUs came closest to each other?",
    note: `The 100 closest. ${PROBE.irte_write} is printed before the table's lock: which of the two came last is not shown.`,
    sql: `WITH written AS (
    SELECT recording_id, seq, time_ns, cpu, devid, irte_index, cause,
      lag(seq) OVER w AS before_seq, lag(cpu) OVER w AS before_cpu, lag(cause) OVER w AS before_cause,
      time_ns - lag(time_ns) OVER w AS apart
    FROM v_event WHERE kind = 'irte_written'
    WINDOW w AS (PARTITION BY recording_id, devid, irte_index ORDER BY seq)
  )
  SELECT printf('%02x:%02x.%d/%d', devid >> 8, devid >> 3 & 31, devid & 7, irte_index) AS irte,
    before_seq, before_cause, before_cpu, seq, cause, cpu, apart, ${unitOf("written")} AS unit
  FROM written WHERE cpu <> before_cpu ORDER BY apart, seq LIMIT 100`,
  },
  {
    id: "deactivated",
    question: "For how long was each interrupt deactivated before it was activated again?",
    note: "What a device sends meanwhile is lost, or waits in it.",
    sql: `WITH step AS (
    SELECT recording_id, devid, irte_index, kind, seq,
      lead(kind) OVER w AS next_kind, lead(time_ns) OVER w - time_ns AS span
    FROM v_event WHERE kind IN ('host_irq_deactivated', 'host_irq_activated') AND devid IS NOT NULL
    WINDOW w AS (PARTITION BY recording_id, devid, irte_index ORDER BY seq)
  )
  SELECT printf('%02x:%02x.%d/%d', devid >> 8, devid >> 3 & 31, devid & 7, irte_index) AS irte,
    count(*) AS times, min(span) AS shortest, max(span) AS longest, ${unitOf("step")} AS unit
  FROM step WHERE kind = 'host_irq_deactivated' AND next_kind = 'host_irq_activated'
  GROUP BY recording_id, devid, irte_index ORDER BY recording_id, irte`,
  },
  ...FATE_RECIPES,
  ...INTERRUPT_RECIPES,
  {
    id: "avic-time",
    question: "For how long was AVIC active, inhibited or unknown on each vCPU?",
    note: "Up to the end of the recording, for a vCPU that is not freed.",
    sql: `SELECT 'vm' || v.vm_id || '/vcpu' || v.vcpu_id AS vcpu,
    coalesce(sum(coalesce(v.to_ns, r.last_ns) - v.from_ns) FILTER (WHERE v.avic_active = 1), 0) AS active,
    coalesce(sum(coalesce(v.to_ns, r.last_ns) - v.from_ns) FILTER (WHERE v.avic_active = 0), 0) AS inhibited,
    coalesce(sum(coalesce(v.to_ns, r.last_ns) - v.from_ns) FILTER (WHERE v.avic_active IS NULL), 0) AS unknown,
    r.clock_unit AS unit
  FROM v_vcpu AS v JOIN v_recording AS r USING (recording_id)
  WHERE v.run_state IS NOT 'freed'
  GROUP BY v.recording_id, v.vm_id, v.vcpu_id ORDER BY v.recording_id, v.vm_id, v.vcpu_id`,
  },
  {
    id: "posted-time",
    question: "Which share of its valid life was each IRTE posted?",
    note: "The rest went to the host first.",
    sql: `SELECT i.irte, sum(coalesce(i.to_ns, r.last_ns) - i.from_ns) AS valid_time,
    printf('%.1f %%', 100.0 * coalesce(sum(coalesce(i.to_ns, r.last_ns) - i.from_ns)
      FILTER (WHERE i.mode = 'posted'), 0) / max(1, sum(coalesce(i.to_ns, r.last_ns) - i.from_ns))) AS posted,
    r.clock_unit AS unit
  FROM v_irte AS i JOIN v_recording AS r USING (recording_id)
  WHERE i.valid = 1
  GROUP BY i.recording_id, i.irte ORDER BY i.recording_id, i.irte`,
  },
];
