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

/** Posted to A anew while it runs on CPU 5, with these fields. */
function postedWith(values: Values): History {
  return (rules) => [
    ...[...BEGIN, loaded(A, 5)],
    posting(rules, connected(E, { to: A }), "producer added", { ...ON_5, ...values }),
  ];
}

/** A is loaded again on CPU 5, and its entry gets these fields. */
function loadedWith(values: Values): History {
  return (rules) => [
    ...[...POSTED_RUNNING, put(A)],
    posting(rules, loaded(A, 5), "vcpu load", { ...ON_5, ...values }),
  ];
}

/** After these functions a last one, and what it makes of E: posted to A, with these fields. */
function then(
  history: readonly Printed[],
  last: Printed,
  cause: Cause,
  values: Values = ON_5,
): History {
  return (rules) => [...history, posting(rules, last, cause, values)];
}

/** The host moves the remapped entry to vector 0x33 on APIC 0x26, and these fields are written. */
function movedWith(values: Values): History {
  return () => [
    ...BEGIN,
    [...moved(E, 0x33, 0x26), wrote({ valid: 1, ...values }, "host affinity")],
  ];
}

const STOPPED = { is_run: 0, destination: 0x25 };
const REMAPPED = { valid: 1, vector: 0x22, destination: 0x21 };
const MOVED = { vector: 0x33, destination: 0x26 };
const NO_TARGET = { to: null };

/** By invariant, and by what is wrong. */
export const BREAKS: Readonly<Record<string, Readonly<Record<string, History>>>> = {
  I1: { "on no list": then(POSTED_RUNNING, routed(E, NO_TARGET), "routing change") },
  I2: {
    "the tag of another vCPU": (rules) => postedWith({ ga_tag: TAG[rules].B })(rules),
    "the tag of another VM": (rules) => postedWith({ ga_tag: TAG[rules].A + 0x1_0000 })(rules),
  },
  I3: {
    "another page": postedWith({ ga_root_ptr: 0x99 }),
    "another vector": postedWith({ vector: GUEST_VECTOR + 1 }),
  },
  I4: {
    "it is put": then(POSTED_RUNNING, put(A), "vcpu put"),
    "it runs on another CPU": loadedWith({ destination: 0x26 }),
  },
  I5: { "it says that it does not run": loadedWith({ is_run: 0 }) },
  I6: {
    "no log while it blocks": then(POSTED_RUNNING, blocked(A), "vcpu block", {
      ...{ ...STOPPED, ga_log_intr: 0 },
    }),
    "the log while it is preempted": then(POSTED_RUNNING, put(A), "vcpu put", {
      ...{ ...STOPPED, ga_log_intr: 1 },
    }),
    "the log while it runs": loadedWith({ is_run: 0, ga_log_intr: 1 }),
  },
  I6b: { "no log while it is posted": loadedWith({ ga_log_intr: 0 }) },
  I7: { "it runs, and the log is on": loadedWith({ ga_log_intr: 1 }) },
  I8: {
    "posted with AVIC inhibited": then(POSTED_RUNNING, inhibited(A, 5), "AVIC inhibit", STOPPED),
  },
  I9: {
    "remapped with AVIC active": () => [
      ...[...POSTED_RUNNING, inhibited(A, 5)],
      [...uninhibited(A, 5), wrote(REMAPPED, "AVIC un-inhibit")],
    ],
  },
  I10: { "its producer is gone": () => [...POSTED_RUNNING, disconnected(E, [])] },
  I11: {
    "on no list": () => [
      ...POSTED_RUNNING,
      [...routed(E, { to: A }).slice(0, 3), requested(E, { to: A })],
    ],
  },
  I12: {
    "posted without a route": then(POSTED_RUNNING, unrouted(E), "routing change"),
    // The driver is not asked, but the entry is remapped.
    "on a list without a route": () => [
      ...POSTED_RUNNING,
      [...unrouted(E).slice(0, 2), wrote(REMAPPED, "routing change")],
    ],
  },
  I13: {
    "posted without a producer": then(POSTED_RUNNING, disconnected(E, []), "producer removed"),
  },
  I14: {
    "an entry is on its list": () => [...POSTED_RUNNING, put(A), destroyed(A)],
    "an entry is posted to its page": (rules) => [
      ...then([...POSTED_RUNNING, put(A)], routed(E, NO_TARGET), "routing change", STOPPED)(rules),
      destroyed(A),
    ],
  },
  I15: {
    "another vector": movedWith({ ...MOVED, vector: 0x22 }),
    "another CPU": movedWith({ ...MOVED, destination: 0x21 }),
    "a tag is left": movedWith({ ...MOVED, ga_tag: 0x203 }),
    "a page is left": movedWith({ ...MOVED, ga_root_ptr: 1 }),
    "another delivery mode": movedWith({ ...MOVED, int_type: 1 }),
  },
  I16: { "written while posted": then(POSTED_RUNNING, moved(E, 0x33, 0x26), "host affinity") },
  I18: {
    "not valid after a put": then(POSTED_RUNNING, put(A), "vcpu put", { ...STOPPED, valid: 0 }),
  },
  I20: { "a CPU past 12 bits": loadedWith({ destination: 0x1000 }) },
  I21: {
    "not running before its put": () => [
      ...POSTED_RUNNING,
      put(A, physicalId(A, { is_running: false })),
    ],
    "running before its load": () => [
      ...[...POSTED_RUNNING, put(A)],
      loaded(A, 5, physicalId(A, { is_running: true })),
    ],
  },
  I22: {
    "logged while it runs": () => [
      ...POSTED_RUNNING,
      put(A, physicalId(A, { is_running: true, ga_log_intr: true, apic: 0x25 })),
    ],
    "logged while it does not block": () => [
      ...[...POSTED_RUNNING, put(A)],
      loaded(A, 5, physicalId(A, { ga_log_intr: true })),
    ],
  },
  I24: { "the ID of a VM that lives": () => [created(A), created(STRANGER)] },
  I25: {
    "a second producer": () => [...BEGIN, connected(E, { to: A }), connected(E, { to: A })],
  },
  I26: {
    "no log while it blocks": then(POSTED_RUNNING, blocked(A), "vcpu block", {
      ...{ ...STOPPED, ga_log_intr: 0 },
    }),
    "a doorbell while it blocks": then(POSTED_RUNNING, blocked(A), "vcpu block", {
      ...{ ...STOPPED, is_run: 1, ga_log_intr: 1 },
    }),
  },
};
