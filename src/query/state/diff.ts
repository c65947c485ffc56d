// The difference of two instants, field by field: of every IRTE, vCPU, irqfd and VM of the two documents
// of `at`.

import { atOnce, type Steps } from "../../base/steps.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { type AtDocument, type AtIrte, type AtIrqfd } from "../document/document.js";

/** A value of a field, as `at` has it; null = not known, or none. */
export type DifferenceValue = string | number | boolean | null | readonly string[];

/** The two words of an entry, as text. */
interface Words {
  readonly lo: string;
  readonly hi: string;
}

/**
 * One field that differs. `unknown`: at which moments its value is not known; it is null there. The driver's copy
 * (`shadow_lo`, `shadow_hi`) is null where it is the same as the table.
 */
export interface FieldDifference {
  /** The field, as `at --json` names it. */
  readonly field: string;
  /** Its value at the earlier moment; null = not known, or there is none. */
  readonly from: DifferenceValue;
  /** Its value at the later moment; null = not known, or there is none. */
  readonly to: DifferenceValue;
  /** At which of the moments it is not known. */
  readonly unknown: readonly ("from" | "to")[];
}

/** One IRTE, vCPU, irqfd or VM that differs, or that is there at one of the moments only. */
export interface EntityDifference {
  /** What it is. */
  readonly kind: "irte" | "vcpu" | "irqfd" | "vm";
  /** Its name, such as `vm1/vcpu0`; of an irqfd `vmN/gsiG`. */
  readonly name: string;
  /** At which of the two moments it is there. */
  readonly there: {
    /** It is there at the earlier moment. */
    readonly from: boolean;
    /** It is there at the later moment. */
    readonly to: boolean;
  };
  /** The fields that differ, in the order of the document. */
  readonly fields: readonly FieldDifference[];
}

/** One of the two moments. */
export interface DiffMoment {
  /** Its last event. */
  readonly seq: Seq;
  /** Its time, in the recording's clock unit. */
  readonly time_ns: TimeText;
}

/** The document of `diff --json`. */
export interface DiffDocument {
  /** The number of the recording. */
  readonly recording_id: number;
  /** What its times count: nanoseconds, or ticks of a counter clock. */
  readonly clock_unit: "ns" | "ticks";
  /** The earlier moment. */
  readonly from: DiffMoment;
  /** The later moment. */
  readonly to: DiffMoment;
  /** What differs, in the order of the document of `at`. */
  readonly differences: readonly EntityDifference[];
  /** The own names of VMs that have one, by `vmN`. */
  readonly vm_names: Readonly<Record<string, string>>;
  /** One of the moments lies in a gap: what is unknown there may differ too. */
  readonly inconclusive: boolean;
}

/** An entity as a bag of fields, and which of them are not known. */
interface Entity {
  readonly kind: EntityDifference["kind"];
  readonly name: string;
  readonly fields: ReadonlyMap<string, DifferenceValue>;
  readonly unknown: ReadonlySet<string>;
}

/** Names and stamps: a field that is the entity's own name, or says when and whence, is no difference. */
const NOT_COMPARED = new Set(
  "irte devid index vcpu_id vm source since_seq since_ns cause bits known".split(" "),
);

/** Entities that are compared between two turns. */
const ENTITIES_PER_STEP = 2048;

/** What differs between two documents of `at`: IRTEs, vCPUs, irqfds, then VMs, in the order of the documents. */
export function* diffSteps(
  from: AtDocument,
  to: AtDocument,
  vm_names: DiffDocument["vm_names"] = {},
): Steps<DiffDocument> {
  const before = yield* entitiesOf(from);
  const after = yield* entitiesOf(to);
  const differences: EntityDifference[] = [];
  let compared = 0;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const difference = compare(before.get(key), after.get(key));
    if (difference !== null) differences.push(difference);
    if (++compared % ENTITIES_PER_STEP === 0) yield;
  }
  return {
    recording_id: from.recording_id,
    clock_unit: from.clock_unit,
    from: { seq: from.seq, time_ns: from.time_ns },
    to: { seq: to.seq, time_ns: to.time_ns },
    differences,
    vm_names,
    inconclusive: from.inconclusive || to.inconclusive,
  };
}

/**
 * What two documents of the same moment do not agree on, in words; null = nothing. `cut` is of a timeline that ends
 * there. Fates rest on the whole of a recording, with all reasons to doubt it, and are not compared. If IRTEs are predicted, less of them may be known in `cut`: a prediction uses all of a recording, also
 * what comes after the moment.
 */
export function contradiction(whole: AtDocument, cut: AtDocument): string | null {
  const from = withoutFates(whole);
  const to = withoutFates(cut);
  const told = ({ unknown, ...values }: AtDocument): string =>
    JSON.stringify([values, unknown.map(({ path }) => path)]);
  if (told(from) === told(to)) return null;
  const isPredicted = from.irtes.some(({ source }) => source === "predicted");
  const { differences } = atOnce(diffSteps(from, to));
  if (differences.length === 0 && !isPredicted) return "the times or sources differ";
  for (const { kind, name, fields } of differences) {
    const [field] = fields.filter(({ unknown }) => !(isPredicted && unknown.includes("to")));
    if (field !== undefined) return `${kind} ${name} has another ${field.field}`;
  }
  return null;
}

function withoutFates(document: AtDocument): AtDocument {
  const irtes = document.irtes.map((irte): AtIrte => ({
    ...irte,
    ...({ fate: "unknown", path: null, in_flight: null } as const),
  }));
  const unknown = document.unknown.filter(
    ({ path }) => !/^irtes\[\d+\]\.(?:fate|path|in_flight)$/.test(path),
  );
  return { ...document, irtes, unknown };
}

function* entitiesOf(document: AtDocument): Steps<ReadonlyMap<string, Entity>> {
  const unknown = new Set(document.unknown.map(({ path }) => path));
  const lists = [
    ["irte", "irtes", document.irtes.map((each) => each.irte), document.irtes],
    ["vcpu", "vcpus", document.vcpus.map((each) => each.vcpu), document.vcpus],
    ["irqfd", "irqfds", irqfdNames(document.irqfds), document.irqfds],
    ["vm", "vms", document.vms.map((each) => each.vm), document.vms],
  ] as const;
  const entities = new Map<string, Entity>();
  for (const [kind, list, names, values] of lists)
    for (const [i, value] of values.entries()) {
      const name = names[i] ?? "";
      const fields = new Map<string, DifferenceValue>(
        Object.entries(value)
          .filter(([field]) => isCompared(kind, field))
          .flatMap(([field, told]) => flat(field, told as DifferenceValue | Words)),
      );
      const open = [...fields.keys()].filter((field) => unknown.has(`${list}[${i}].${field}`));
      entities.set(`${kind} ${name}`, { kind, name, fields, unknown: new Set(open) });
      if (entities.size % ENTITIES_PER_STEP === 0) yield;
    }
  return entities;
}

/** The driver's copy has a field for each of its words: `shadow_lo`, `shadow_hi`. */
function flat(field: string, told: DifferenceValue | Words): [string, DifferenceValue][] {
  if (told === null || typeof told !== "object" || !("lo" in told)) return [[field, told]];
  return [
    [`${field}_lo`, told.lo],
    [`${field}_hi`, told.hi],
  ];
}

function isCompared(kind: Entity["kind"], field: string): boolean {
  if (field === kind) return false;
  // What an irqfd is connected to differs; of the others `irte` and `vm_id` are the name.
  return kind === "irqfd" ? field !== "gsi" && field !== "vm_id" : !NOT_COMPARED.has(field);
}

/** `vmN/gsiG`; a second irqfd of the same GSI is `vmN/gsiG#2`. */
function irqfdNames(irqfds: readonly AtIrqfd[]): readonly string[] {
  const seen = new Map<string, number>();
  return irqfds.map(({ vm_id, gsi }) => {
    const name = `vm${vm_id ?? "?"}/gsi${gsi}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  });
}

function compare(from: Entity | undefined, to: Entity | undefined): EntityDifference | null {
  const { kind, name } = from ?? to ?? { kind: "irte", name: "" };
  const names = new Set([...(from?.fields.keys() ?? []), ...(to?.fields.keys() ?? [])]);
  const fields = [...names].flatMap((field): FieldDifference[] => {
    const unknown = (["from", "to"] as const).filter((side) =>
      (side === "from" ? from : to)?.unknown.has(field),
    );
    const [was, is] = [from?.fields.get(field) ?? null, to?.fields.get(field) ?? null];
    const isSame = JSON.stringify(was) === JSON.stringify(is) && unknown.length !== 1;
    return isSame ? [] : [{ field, from: was, to: is, unknown }];
  });
  const there = { from: from !== undefined, to: to !== undefined };
  return fields.length === 0 && there.from === there.to ? null : { kind, name, there, fields };
}
