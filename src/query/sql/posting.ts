// The SQL of the recipe `posting`: whether each interrupt is posted at the end, and why not. It says what `info` says
// (query/info/why-not-posted.ts); a test holds the two together.

import { profilesWhere } from "../../domain/amd/releases/releases.js";

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");

/** Profiles that put an interrupt on its vCPU's list also while AVIC is inhibited, and the others. */
const SINCE_SERIES = quoted(profilesWhere(({ linksInhibited }) => linksInhibited));
const BEFORE_SERIES = quoted(profilesWhere(({ linksInhibited }) => !linksInhibited));

/** What begins an update of posting, or is a step of it, and what its task does within it besides. */
const STEPS =
  "'producer_added', 'irqfd_routed', 'irqfd_msi', 'pi_update_requested', 'vcpu_affinity_set'";
const WITHIN = `${STEPS}, 'pi_update_decided', 'irte_written', 'irte_exchanged', 'call_failed'`;

/** What tells the host IRQ of an entry. */
const BINDS = "'irte_allocated', 'host_irq_activated', 'vcpu_affinity_set', 'producer_added'";

/** One row for each valid entry. */
export const POSTING_SQL = `WITH birth AS MATERIALIZED (
    SELECT recording_id, devid, irte_index, irte, max(from_seq) AS born
    FROM v_irte WHERE mode IN ('free', 'allocated') GROUP BY recording_id, devid, irte_index, irte
  ),
  entry AS MATERIALIZED (
    SELECT i.*, b.born, (
        SELECT e.host_irq FROM v_event AS e
        WHERE e.recording_id = i.recording_id AND e.devid = i.devid AND e.irte_index = i.irte_index
          AND e.host_irq IS NOT NULL AND e.kind IN (${BINDS}) ORDER BY e.seq DESC LIMIT 1
      ) AS host_irq
    FROM v_irte AS i LEFT JOIN birth AS b USING (recording_id, devid, irte_index, irte)
    WHERE i.to_seq IS NULL AND i.valid = 1
  ),
  step AS MATERIALIZED (
    SELECT recording_id, seq, kind, comm, pid, vm_id, gsi, host_irq, json_extract(payload, '$.is_guest_mode') AS told
    FROM v_event WHERE kind IN (${STEPS}, 'producer_removed', 'irqfd_shut_down')
  ),
  acted AS MATERIALIZED (
    SELECT recording_id, comm, pid, max(seq) AS last_seq FROM v_event WHERE kind NOT IN (${WITHIN})
    GROUP BY recording_id, comm, pid
  ),
  created AS MATERIALIZED (
    SELECT DISTINCT recording_id, vm_id, vcpu_id FROM v_event WHERE kind = 'vcpu_created'
  ),
  unlisted AS MATERIALIZED (
    SELECT DISTINCT w.recording_id, w.vm_id FROM v_vcpu AS w LEFT JOIN created AS c USING (recording_id, vm_id, vcpu_id)
    WHERE w.to_seq IS NULL AND w.run_state <> 'freed' AND c.vcpu_id IS NULL
  ),
  connected AS MATERIALIZED (
    SELECT i.*, p.kind, p.seq AS added, p.vm_id AS of_vm, p.gsi FROM entry AS i LEFT JOIN step AS p ON p.seq = (
      SELECT max(s.seq) FROM step AS s WHERE s.recording_id = i.recording_id AND s.host_irq = i.host_irq
        AND s.kind IN ('producer_added', 'producer_removed') AND s.seq > coalesce(i.born, 0))
  ),
  updated AS MATERIALIZED (
    SELECT c.*, (
        SELECT max(s.seq) FROM step AS s WHERE s.recording_id = c.recording_id AND s.seq >= c.added
          AND s.host_irq = c.host_irq
      ) AS last_of_irq, (
        SELECT max(s.seq) FROM step AS s WHERE s.recording_id = c.recording_id AND s.seq >= c.added
          AND s.vm_id = c.of_vm AND s.gsi = c.gsi
      ) AS last_of_gsi, (
        SELECT max(s.seq) FROM step AS s WHERE s.recording_id = c.recording_id AND s.seq >= c.added
          AND s.host_irq = c.host_irq AND s.kind = 'vcpu_affinity_set'
      ) AS told_seq
    FROM connected AS c
  ),
  fact AS (
    SELECT u.*, r.rules, r.left_out IS NOT NULL OR r.time_anomalies > 0 AS doubted, d.told, l.vcpu_id AS on_list_of, l.vm_id AS list_vm, v.avic_active,
      t.type, t.postable, t.delivery_mode IN ('Fixed', 'LowPrio') AS is_irq,
      EXISTS (SELECT 1 FROM step AS s WHERE s.recording_id = u.recording_id AND s.kind = 'irqfd_shut_down'
          AND s.seq > u.added AND s.vm_id = u.of_vm AND s.gsi = u.gsi) AS shut_down,
      u.recording_id IN (SELECT g.recording_id FROM v_gap AS g WHERE g.cpu IS NOT NULL) AS lost,
      u.recording_id IN (SELECT s.recording_id FROM step AS s WHERE s.kind = 'producer_added') AS shown,
      EXISTS (SELECT 1 FROM step AS s CROSS JOIN acted AS a
          ON a.recording_id = s.recording_id AND a.pid = s.pid AND a.comm = s.comm AND a.last_seq > s.seq
        WHERE s.seq = max(coalesce(u.last_of_irq, u.last_of_gsi), coalesce(u.last_of_gsi, u.last_of_irq))) AS is_over,
      NOT EXISTS (SELECT 1 FROM unlisted AS w
        WHERE w.recording_id = u.recording_id AND w.vm_id = u.of_vm) AS lists_known,
      (SELECT min(w.avic_active) FROM v_vcpu AS w WHERE w.recording_id = u.recording_id AND w.vm_id = u.of_vm
          AND w.run_state <> 'freed' AND w.from_seq <= u.told_seq
          AND (w.to_seq IS NULL OR w.to_seq > u.told_seq)) AS least_active,
      (SELECT max(coalesce(w.avic_active, 1)) FROM v_vcpu AS w WHERE w.recording_id = u.recording_id
          AND w.vm_id = u.of_vm AND w.run_state <> 'freed' AND w.from_seq <= u.told_seq
          AND (w.to_seq IS NULL OR w.to_seq > u.told_seq)) AS most_active,
      (SELECT count(*) FROM v_vcpu AS w WHERE w.recording_id = u.recording_id AND w.vm_id = u.of_vm
          AND w.avic_active IS NULL AND w.from_seq <= u.told_seq
          AND (w.to_seq IS NULL OR w.to_seq > u.told_seq)) AS open
    FROM updated AS u CROSS JOIN v_recording AS r USING (recording_id)
    LEFT JOIN step AS d ON d.seq = u.told_seq
    LEFT JOIN v_link AS l ON l.recording_id = u.recording_id AND l.irte = u.irte AND l.to_seq IS NULL
    LEFT JOIN v_vcpu AS v ON v.recording_id = l.recording_id AND v.vm_id = l.vm_id AND v.vcpu_id = l.vcpu_id
      AND v.to_seq IS NULL
    LEFT JOIN v_route AS t ON t.recording_id = u.recording_id AND t.vm_id = u.of_vm AND t.gsi = u.gsi
      AND t.to_seq IS NULL
  )
  SELECT irte, mode, CASE
    WHEN mode = 'posted' THEN 'posted to vm' || vm_id || '/vcpu' || vcpu_id
    WHEN doubted THEN 'not shown'
    WHEN kind = 'producer_removed' OR shut_down OR kind IS NULL AND born IS NOT NULL AND shown AND NOT lost
      THEN 'no irqfd is connected to its host IRQ'
    WHEN kind IS NULL OR coalesce(type, 'unknown') = 'unknown' THEN 'not shown'
    WHEN type <> 'msi' THEN 'the route of gsi ' || gsi || ' is ' || type
    WHEN postable = 0 AND is_irq IS NOT 1 THEN 'the route of gsi ' || gsi || ' cannot be posted'
    WHEN on_list_of IS NOT NULL AND avic_active = 0 THEN 'AVIC is inhibited on vm' || list_vm || '/vcpu' || on_list_of
    WHEN on_list_of IS NOT NULL OR lost OR NOT is_over OR NOT lists_known THEN 'not shown'
    WHEN rules IN (${SINCE_SERIES}) THEN 'KVM found no single vCPU for its MSI'
    WHEN rules NOT IN (${BEFORE_SERIES}) OR told IS NOT 0 OR open > 0 THEN 'not shown'
    WHEN least_active = 1 THEN 'KVM found no single vCPU for its MSI'
    WHEN most_active = 0 THEN 'AVIC was inhibited on vm' || of_vm || ' when @' || told_seq || ' set it up'
    ELSE 'not shown' END AS reason
  FROM fact ORDER BY recording_id, irte`;
