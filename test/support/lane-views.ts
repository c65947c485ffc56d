// What a view says of a lane's subject: SQL that a user could write.

import { type Lane } from "../../src/index.js";

/** Rows of (from_ns, to_ns, seq, state) in the order of their begin; times are text. null = the lane is no view. */
export function viewSql({ kind, name }: Pick<Lane, "kind" | "name">): string | null {
  const [vm = "", vcpu = ""] = /^vm(\d+)(?:\/vcpu(\d+))?/.exec(name)?.slice(1) ?? [];
  const irte = name.split(" ")[0] ?? "";
  const times = "cast(from_ns AS text) AS from_ns, cast(to_ns AS text) AS to_ns, from_seq AS seq";
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the others are no view.
  switch (kind) {
    case "irte":
      return `SELECT ${times}, CASE WHEN mode IS NULL OR mode = 'unknown' THEN 'unknown' WHEN mode <> 'posted' THEN mode
        WHEN is_run = 1 THEN 'running' WHEN is_run IS NULL OR ga_log_intr IS NULL THEN 'unknown'
        WHEN ga_log_intr = 1 THEN 'logging' ELSE 'posted' END AS state
        FROM v_irte WHERE irte = '${irte}' ORDER BY from_seq`;
    case "vcpu":
      return `SELECT ${times}, run_state AS state FROM v_vcpu WHERE vm_id = ${vm} AND vcpu_id = ${vcpu} ORDER BY from_ns, from_seq`;
    case "fate":
      return `SELECT ${times}, fate AS state FROM v_fate WHERE irte = '${irte}' ORDER BY from_seq`;
    case "routes":
      return `SELECT ${times}, CASE WHEN type IN ('msi', 'none', 'unknown') THEN type ELSE 'other' END AS state
        FROM v_route WHERE vm_id = ${vm} ORDER BY v_route.from_ns, from_seq`;
    case "cpu":
      return `SELECT ${times}, 'vcpu' AS state FROM v_vcpu WHERE run_state = 'running' AND pcpu = ${name.slice(4)}
        ORDER BY v_vcpu.from_ns, from_seq`;
    case "markers":
      return `SELECT cast(time_ns AS text) AS from_ns, cast(time_ns AS text) AS to_ns, seq, 'marker' AS state
        FROM v_event WHERE kind = 'marker' ORDER BY seq`;
    case "arrivals":
    case "interrupts":
      return `SELECT cast(time_ns AS text) AS from_ns, cast(time_ns AS text) AS to_ns, seq,
        coalesce((SELECT verdict FROM v_interrupt AS i
            WHERE i.id = v_event.seq AND sure = 1 AND verdict IN ('lost', 'misdirected')),
          CASE kind WHEN 'host_irq_handled' THEN 'interrupt' WHEN 'ga_log_entry' THEN 'ga_log'
            WHEN 'vcpu_woken' THEN 'wake-up' ELSE 'injected' END) AS state
        FROM v_event WHERE (irte = '${irte}' OR vcpu = '${irte}')
          AND kind IN ('host_irq_handled', 'ga_log_entry', 'vcpu_woken', 'irq_injected') ORDER BY seq`;
    default:
      return null;
  }
}
