// What differs between the states of two recordings, subject by subject.

import { type AtDocument, type EntityDifference } from "../../../index.js";

type Entity = Readonly<Record<string, unknown>>;

/** The differences of two documents; subjects are matched by their names. */
export function compareDocuments(left: AtDocument, right: AtDocument): readonly EntityDifference[] {
  return [
    ...compared("irte", named(left.irtes, "irte"), named(right.irtes, "irte")),
    ...compared("vcpu", named(left.vcpus, "vcpu"), named(right.vcpus, "vcpu")),
    ...compared("vm", named(left.vms, "vm"), named(right.vms, "vm")),
  ];
}

/** Fields that say when, not what: they differ between any two recordings. */
const WHEN: ReadonlySet<string> = new Set(["since_seq", "since_ns"]);

function named(list: readonly object[], key: string): ReadonlyMap<string, Entity> {
  const entities = list as readonly Entity[];
  return new Map(entities.map((each) => [String(each[key]), each]));
}

function compared(
  kind: EntityDifference["kind"],
  left: ReadonlyMap<string, Entity>,
  right: ReadonlyMap<string, Entity>,
): readonly EntityDifference[] {
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names.flatMap((name) => {
    const [before, after] = [left.get(name), right.get(name)];
    const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
    const fields = keys
      .filter((key) => !WHEN.has(key))
      .map((field) => ({
        field,
        from: before?.[field] ?? null,
        to: after?.[field] ?? null,
        unknown: [],
      }))
      .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
    if (fields.length === 0) return [];
    const there = { from: before !== undefined, to: after !== undefined };
    // The values are those of the two documents, which a difference of one recording has too.
    return [{ kind, name, there, fields } as unknown as EntityDifference];
  });
}
