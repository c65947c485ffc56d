// A part of the document of `at`: what belongs to one subject, or the first of each list.

import { type AtDocument } from "../../index.js";

const LISTS = ["irtes", "vcpus", "irqfds", "vms"] as const;
type List = (typeof LISTS)[number];

/** An entry, or a vCPU, by its name. */
export interface Subject {
  /** An IRTE. Absent = none. */
  readonly irte?: string | undefined;
  /** A vCPU. Absent = none. */
  readonly vcpu?: string | undefined;
}

/** How many there are of each list in the whole document. */
export type Totals = Readonly<Record<List, number>>;

/** A part of a document. */
export interface StatePart extends AtDocument {
  /** What the whole has. */
  readonly total: Totals;
}

/**
 * Of an entry: itself, its irqfds, the vCPUs that it posts to or that have it on their ir_list, and their VMs. Of a vCPU:
 * itself, the entries that post to it, and its VM.
 */
export function relatedTo(document: AtDocument, { irte, vcpu }: Subject): StatePart {
  const target = document.irtes.find((each) => irte !== undefined && each.irte === irte)?.vcpu;
  const isNear = new Set(
    document.vcpus
      .filter(
        (each) =>
          each.vcpu === vcpu ||
          each.vcpu === target ||
          (irte !== undefined && each.ir_list?.includes(irte) === true),
      )
      .map((each) => each.vcpu),
  );
  const vms = new Set(
    document.vcpus.filter((each) => isNear.has(each.vcpu)).map(({ vm_id }) => vm_id),
  );
  return partOf(document, {
    irtes: document.irtes.map(
      (each) => each.irte === irte || (vcpu !== undefined && each.vcpu === vcpu),
    ),
    vcpus: document.vcpus.map((each) => isNear.has(each.vcpu)),
    irqfds: document.irqfds.map((each) => irte !== undefined && each.irte === irte),
    vms: document.vms.map(({ vm_id }) => vms.has(vm_id)),
  });
}

/** At most `limit` of each list. */
export function firstOf(document: AtDocument, limit: number): StatePart {
  const first = (list: readonly unknown[]): readonly boolean[] => list.map((_, at) => at < limit);
  const { irtes, vcpus, irqfds, vms } = document;
  return partOf(document, {
    ...{ irtes: first(irtes), vcpus: first(vcpus), irqfds: first(irqfds), vms: first(vms) },
  });
}

/** What is kept of each list; what is not known of it keeps its path. */
function partOf(document: AtDocument, kept: Readonly<Record<List, readonly boolean[]>>): StatePart {
  const places = new Map<string, readonly (number | null)[]>(
    LISTS.map((list) => {
      let place = 0;
      return [list, kept[list].map((isKept) => (isKept ? place++ : null))] as const;
    }),
  );
  const only = <Each>(list: List, all: readonly Each[]): readonly Each[] =>
    all.filter((_, at) => kept[list][at]);
  const unknown = document.unknown.flatMap((each) => {
    const [, list = "", at = "", rest = ""] = /^(\w+)\[(\d+)\](.*)$/s.exec(each.path) ?? [];
    const place = places.get(list)?.[Number(at)];
    if (place === undefined) return [each];
    return place === null ? [] : [{ ...each, path: `${list}[${place}]${rest}` }];
  });
  return {
    ...document,
    irtes: only("irtes", document.irtes),
    vcpus: only("vcpus", document.vcpus),
    irqfds: only("irqfds", document.irqfds),
    vms: only("vms", document.vms),
    unknown,
    total: {
      irtes: document.irtes.length,
      vcpus: document.vcpus.length,
      irqfds: document.irqfds.length,
      vms: document.vms.length,
    },
  };
}
