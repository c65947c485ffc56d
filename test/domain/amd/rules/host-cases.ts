// T10 and T11: what the host makes of an entry, the same in every release.

import { it } from "vitest";
import { RULES_IDS } from "../../../../src/domain/amd/releases/releases.js";
import { given, type Write } from "../../../support/given.js";
import {
  A,
  BEGIN,
  E,
  GUEST_VECTOR,
  HOST_APIC,
  HOST_VECTOR,
  POSTED_RUNNING,
  TAG,
  activated,
  allocated,
  assigned,
  deactivated,
  inhibited,
  moved,
  prepared,
} from "../../../support/small-host.js";
import { BEFORE } from "./routing-cases.js";

/** Cases of T10. */
export function moveHostIrq(): void {
  it.each(RULES_IDS)("%s: a remapped entry gets the vector and all 32 bits of the CPU", (rules) => {
    given(rules, BEGIN)
      .when(moved(E, 0x33, 0x123_4567))
      .then([
        { rule: "T10", irte: E, mode: "remapped", valid: 1, vector: 0x33, destination: 0x123_4567 },
      ]);
  });

  it.each(RULES_IDS)("%s: a posted entry is left as it is", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(moved(E, 0x33, 0x123_4567))
      .then([])
      .andListOf(A, [E]);
  });

  it.each(RULES_IDS)("%s: an inhibit remaps it to where it was moved while posted", (rules) => {
    const moves = [...POSTED_RUNNING, moved(E, 0x33, 0x26)];
    const posted: Write = {
      ...{ rule: "T8", irte: E, mode: "posted", valid: 1, vector: GUEST_VECTOR },
      ...{ ga_root_ptr: A.page, ga_tag: TAG[rules].A, ga_log_intr: 1, destination: 0x25 },
    };
    const remapped = { rule: "T8", irte: E, mode: "remapped", valid: 1 } as const;
    given(rules, moves)
      .when(inhibited(A, 5))
      .then([
        // Before the series IsRun goes first, by a write of its own.
        ...(BEFORE.includes(rules) ? [posted] : []),
        { ...remapped, vector: 0x33, destination: 0x26 },
      ]);
  });
}

/** Cases of T11. */
export function activate(): void {
  const entry = { rule: "T11", irte: E, vector: HOST_VECTOR, destination: HOST_APIC } as const;

  it.each(RULES_IDS)("%s: activation writes what was prepared, valid", (rules) => {
    given(rules, [allocated(E), assigned(E, HOST_VECTOR, HOST_APIC), prepared(E)])
      .when(activated(E))
      .then([{ ...entry, mode: "remapped", valid: 1 }]);
  });

  it.each(RULES_IDS)("%s: activation writes irq_cfg where nothing was seen prepared", (rules) => {
    given(rules, [allocated(E), assigned(E, HOST_VECTOR, HOST_APIC)])
      .when(activated(E))
      // No entry has shown yet whether destinations are logical.
      .then([{ ...entry, mode: "remapped", valid: 1, dm: null }]);
  });

  it.each(RULES_IDS)("%s: deactivation clears the valid bit and keeps the rest", (rules) => {
    given(rules, BEGIN)
      .when(deactivated(E))
      .then([{ ...entry, mode: "remapped", valid: 0 }]);
  });

  it.each(RULES_IDS)("%s: a posted entry stays posted without the valid bit", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(deactivated(E))
      .then([
        {
          ...{ rule: "T11", irte: E, mode: "posted", valid: 0, vector: GUEST_VECTOR },
          ...{ ga_root_ptr: A.page, ga_tag: TAG[rules].A },
          // 6.1 has IsRun and the CPU in the table alone, and rewrites the entry without them.
          ...(rules === "6.1" ? { is_run: 0, destination: 0 } : { is_run: 1, destination: 0x25 }),
          ga_log_intr: BEFORE.includes(rules) ? 1 : 0,
        },
      ]);
  });
}
