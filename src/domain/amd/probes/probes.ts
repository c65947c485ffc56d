// The probe table: every name that a line of a recording can have and that irqtwin knows, with the kernel
// function behind it, what is read of it, what it becomes, and what cannot be said without it. Nothing else
// knows a probe by its name: the readers of ftrace's text, the checks and the questions ask this table.
//
// To add a probe: a row in the file of its subsystem, and a reader in src/ftrace/readers if its lines are
// used.

import { type Cause } from "../../events/causes.js";
import { type Difference } from "../releases/releases.js";
import { type Place, type Prototype } from "./definition.js";
import { INTERRUPT_PROBES } from "./interrupts.js";
import { HOST_IRQ_PROBES } from "./host-irqs.js";
import { IRTE_PROBES } from "./irtes.js";
import { MARKER_PROBES } from "./markers.js";
import { ROUTING_PROBES } from "./routing.js";
import { type ProbeRow } from "./row.js";
import { UNUSED_PROBES } from "./unused.js";
import { UNUSED_KVM_PROBES } from "./unused-kvm.js";
import { UNUSED_TRACEPOINTS } from "./unused-tracepoints.js";
import { VCPU_PROBES } from "./vcpus.js";
import { VM_PROBES } from "./vms.js";

const USED = [
  ...VM_PROBES,
  ...VCPU_PROBES,
  ...ROUTING_PROBES,
  ...HOST_IRQ_PROBES,
  ...IRTE_PROBES,
  ...INTERRUPT_PROBES,
  ...MARKER_PROBES,
] as const;
const ROWS = [...USED, ...UNUSED_PROBES, ...UNUSED_KVM_PROBES, ...UNUSED_TRACEPOINTS] as const;

/** The name of a probe or tracepoint that irqtwin knows. */
export type ProbeName = (typeof ROWS)[number]["name"];

/** A row of the table with every column. */
export interface Probe extends Required<Omit<ProbeRow, "cause" | "isContext" | NullableColumn>> {
  /** Its name in the trace. */
  readonly name: ProbeName;
  /** The function before the series of 62 patches; null = the same. */
  readonly functionBefore: string | null;
  /** The group of a tracepoint; null for a probe. */
  readonly system: string | null;
  /** How the kernel prints what is read as text; null where `key=value` pairs are read. */
  readonly text: string | null;
  /** The frame that ends with it; null = none. */
  readonly ends: string | null;
  /** What its line shows; null where its lines are not used. */
  readonly shows: string | null;
  /** The difference that a release must have for `neededBy` to count; null = it counts in all. */
  readonly neededWhere: Difference | null;
  /** What cannot be decided without it; null = nothing of its own. */
  readonly undecided: string | null;
  /** The parameters where BTF has not got them; null = it has. */
  readonly prototype: Prototype | null;
  /** The place inside of the function; null = its entry or return. */
  readonly place: Place | null;
  /** Do its lines become events, or only tell what the next lines mean, or neither? */
  readonly use: "event" | "context" | "none";
  /** Why an IRTE is written while its function runs; of several, what the line says picks one. */
  readonly causes: readonly Cause[];
}

/** The columns of a probe that say nothing where they are null. */
export type NullableColumn =
  | "system"
  | "functionBefore"
  | "text"
  | "ends"
  | "shows"
  | "undecided"
  | "neededWhere"
  | "prototype"
  | "place";

const NONE = {
  symbols: [],
  definitions: [],
  fields: [],
  events: [],
  frames: [],
  neededBy: [],
  unseen: [],
  facts: [],
  tells: [],
};
const NULL = {
  system: null,
  functionBefore: null,
  text: null,
  ends: null,
  shows: null,
  undecided: null,
  neededWhere: null,
  prototype: null,
  place: null,
};

function whole(row: ProbeRow & { readonly name: ProbeName }): Probe {
  const { cause, isContext, ...columns } = row;
  const frames = row.frames ?? [];
  const use = row.events !== undefined ? "event" : isContext === true ? "context" : "none";
  const causes = [cause ?? null, ...frames.map((frame) => frame.cause)];
  // Every command makes this table as it starts, and V8 takes twenty times as long to spread these objects.
  return Object.assign(Object.assign({}, NONE, NULL), columns, {
    use,
    causes: causes.filter((each) => each !== null),
  } as const);
}

/** The table: first what is used, by subsystem, then what is only recognised. */
export const PROBES: readonly Probe[] = ROWS.map(whole);

/** The names as constants: `PROBE.irte_write`. */
export const PROBE: { readonly [Name in ProbeName]: Name } = Object.fromEntries(
  ROWS.map(({ name }) => [name, name]),
) as { readonly [Name in ProbeName]: Name };

type RowWithFields = Extract<(typeof USED)[number], { readonly fields: unknown }>;

/** A key of a `key=value` pair that some reader needs. */
export type FieldName = RowWithFields["fields"][number];

/** Every key that some reader needs, each once. */
export const FIELD_NAMES: readonly FieldName[] = [
  ...new Set(USED.flatMap((row) => ("fields" in row ? [...row.fields] : []))),
];

type RowWithFrames = Extract<(typeof USED)[number], { readonly frames: unknown }>;

/** The name of a call frame. */
export type FrameName = RowWithFrames["frames"][number]["frame"];
