// What is not known at a moment, as text: the same reason stands once, with all that it is about.

import { type AtDocument } from "../index.js";
import { inFlags } from "./flags.js";
import { broken } from "./two-columns.js";

const COLUMNS = 76;

function indented(lines: readonly string[]): string[] {
  return lines.map((line, i) => `${i === 0 ? "  " : "    "}${line}`);
}

/** Lines `FIELDS of NAMES: REASON`. */
export function unknownText(document: AtDocument): string[] {
  const byReason = grouped(document.unknown, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, unknowns]) =>
    subjects(
      document,
      unknowns.map(({ path }) => path),
    ).flatMap((subject) => indented(broken(`${subject}: ${inFlags(reason)}`, COLUMNS))),
  );
}

/** Whole lists by their names, and then the entities that miss the same fields together. */
function subjects(document: AtDocument, paths: readonly string[]): string[] {
  const parts = paths.map((path) => {
    const [, list = "", at, field = ""] = /^(\w+)(?:\[(\d+)\]\.?(.*))?$/.exec(path) ?? [];
    return { path, name: at === undefined ? null : nameOf(document, list, Number(at)), field };
  });
  const whole = parts.filter(({ name }) => name === null).map(({ path }) => path);
  const named = parts.flatMap(({ name, field }) => (name === null ? [] : [{ name, field }]));
  const fieldsOf = [...grouped(named, ({ name }) => name)].map(([name, of]) => ({
    name,
    fields: of.map(({ field }) => field).join(", "),
  }));
  return [
    ...(whole.length === 0 ? [] : [whole.join(", ")]),
    ...[...grouped(fieldsOf, ({ fields }) => fields)].map(
      ([fields, of]) => `${fields} of ${of.map(({ name }) => name).join(", ")}`,
    ),
  ];
}

/** The name of an entity by its place in a list of the document; null = it has none there. */
function nameOf(document: AtDocument, list: string, at: number): string | null {
  if (list === "irtes") return document.irtes[at]?.irte ?? null;
  if (list === "vcpus") return document.vcpus[at]?.vcpu ?? null;
  if (list === "vms") return document.vms[at]?.vm ?? null;
  const irqfd = document.irqfds[at];
  return irqfd === undefined ? null : `vm${irqfd.vm_id ?? "?"}/gsi${irqfd.gsi}`;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
