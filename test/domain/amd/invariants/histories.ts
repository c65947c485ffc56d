// For each invariant a history that breaks it: functions that leave an entry, a list or a vCPU as no function
// of a kernel in which it holds does. What is needed besides stands in small-host.ts.

import { IRTE, type IrteFieldName } from "../../../../src/domain/amd/irte/irte-fields.js";
import { type RulesId } from "../../../../src/domain/amd/releases/releases.js";
import { causeCode, type Cause } from "../../../../src/domain/events/causes.js";
import { EntryDraft } from "../../../../src/domain/values/bit-fields.js";
import { NO_BITS } from "../../../../src/domain/values/bits.js";
import { type TwinEvent } from "../../../../src/domain/events/event.js";
import { written } from "../../../support/given.js";
import {
  A,
  BEGIN,
  E,
  GUEST_VECTOR,
  POSTED_RUNNING,
  STRANGER,
  TAG,
  blocked,
  connected,
  created,
  destroyed,
  disconnected,
  inhibited,
  loaded,
  logged,
  moved,
  physicalId,
  put,
  requested,
  routed,
  told,
  unblocked,
  uninhibited,
  unrouted,
  type Printed,
} from "../../../support/small-host.js";

type Values = Partial<Record<IrteFieldName, number>>;

function wrote(values: Values, cause: Cause): TwinEvent {
  const draft = new EntryDraft(NO_BITS);
  for (const [name, value] of Object.entries(values)) draft.set(IRTE[name as IrteFieldName], value);
  return written(E, draft.done().bits, { cause: causeCode(cause) });
}

/** The function, and what it makes of E: posted to A, but for these fields. */
function posting(rules: RulesId, printed: Printed, cause: Cause, values: Values): Printed {
  const ga_log_intr = rules === "6.12" || rules === "6.16" ? 1 : 0;
  const posted = { valid: 1, guest_mode: 1, vector: GUEST_VECTOR, ga_log_intr };
  const to = { ga_tag: TAG[rules].A, ga_root_ptr: A.page };
  return [...printed, wrote({ ...posted, ...to, ...values }, cause)];
}

const ON_5 = { is_run: 1, destination: 0x25 };

/** All that a vCPU and its entry go through: no invariant is broken, in any profile that holds it. */
export const KEPT: readonly Printed[] = [
  ...POSTED_RUNNING,
  moved(E, 0x33, 0x26),
  put(A, physicalId(A, { is_running: true, apic: 0x25 })),
  loaded(A, 6),
  blocked(A),
  logged(A),
  put(A),
  unblocked(A, 5),
  routed(E, { to: null }),
  moved(E, 0x34, 0x27),
  routed(E, { to: null, type: 1 }),
  routed(E, { to: A }),
  inhibited(A, 5),
  // Before the series what is posted again says that it does not run: the vCPU's next load says it.
  uninhibited(A, 5),
  put(A),
  disconnected(E, [requested(E, { to: null }), told(E, { to: null })]),
  destroyed(A),
];

type History = (rules: RulesId) => readonly Printed[];

/** The producer goes, and its entry stays posted and linked. */
const STAYS: History = () => [...POSTED_RUNNING, disconnected(E, [])];

/** By invariant. */
export const BREAKS: Readonly<Record<string, History>> = {
  I1: (rules) => [
    ...POSTED_RUNNING,
    posting(rules, routed(E, { to: null }), "routing change", ON_5),
  ],
  I2: (rules) => [
    ...[...BEGIN, loaded(A, 5)],
    posting(rules, connected(E, { to: A }), "producer added", { ...ON_5, ga_tag: TAG[rules].B }),
  ],
  I3: (rules) => [
    ...[...BEGIN, loaded(A, 5)],
    posting(rules, connected(E, { to: A }), "producer added", { ...ON_5, ga_root_ptr: 0x99 }),
  ],
  I4: (rules) => [...POSTED_RUNNING, posting(rules, put(A), "vcpu put", ON_5)],
  I5: (rules) => [
    ...[...POSTED_RUNNING, put(A)],
    posting(rules, loaded(A, 5), "vcpu load", { is_run: 0, destination: 0x25 }),
  ],
  I6: (rules) => [
    ...POSTED_RUNNING,
    posting(rules, blocked(A), "vcpu block", { destination: 0x25, ga_log_intr: 0 }),
  ],
  I6b: (rules) => [
    ...[...POSTED_RUNNING, put(A)],
    posting(rules, loaded(A, 5), "vcpu load", { ...ON_5, ga_log_intr: 0 }),
  ],
  I7: (rules) => [
    ...[...POSTED_RUNNING, put(A)],
    posting(rules, loaded(A, 5), "vcpu load", { ...ON_5, ga_log_intr: 1 }),
  ],
  I8: (rules) => [
    ...POSTED_RUNNING,
    posting(rules, inhibited(A, 5), "AVIC inhibit", { destination: 0x25 }),
  ],
  I9: () => [
    ...[...POSTED_RUNNING, inhibited(A, 5)],
    [...uninhibited(A, 5), wrote({ valid: 1, vector: 0x22, destination: 0x21 }, "AVIC un-inhibit")],
  ],
  I10: STAYS,
  I11: () => [...POSTED_RUNNING, [...routed(E, { to: A }).slice(0, 3), requested(E, { to: A })]],
  I12: (rules) => [...POSTED_RUNNING, posting(rules, unrouted(E), "routing change", ON_5)],
  I13: (rules) => [
    ...POSTED_RUNNING,
    posting(rules, disconnected(E, []), "producer removed", ON_5),
  ],
  I14: () => [...POSTED_RUNNING, put(A), destroyed(A)],
  I15: () => [
    ...BEGIN,
    [
      ...moved(E, 0x33, 0x26),
      wrote({ valid: 1, vector: 0x22, destination: 0x26 }, "host affinity"),
    ],
  ],
  I16: (rules) => [...POSTED_RUNNING, posting(rules, moved(E, 0x33, 0x26), "host affinity", ON_5)],
  I18: (rules) => [
    ...POSTED_RUNNING,
    posting(rules, put(A), "vcpu put", { destination: 0x25, valid: 0 }),
  ],
  I20: (rules) => [
    ...[...POSTED_RUNNING, put(A)],
    posting(rules, loaded(A, 5), "vcpu load", { is_run: 1, destination: 0x1000 }),
  ],
  I21: () => [...POSTED_RUNNING, put(A, physicalId(A, { is_running: false }))],
  I22: () => [
    ...POSTED_RUNNING,
    put(A, physicalId(A, { is_running: true, ga_log_intr: true, apic: 0x25 })),
  ],
  I24: () => [created(A), created(STRANGER)],
  I25: () => [...BEGIN, connected(E, { to: A }), connected(E, { to: A })],
};
