// Findings that come as columns.

import { type FindingSpan, type FindingsAnswer, type ListedFinding } from "./answers.js";

/** A column: its values, or different values and the place of each finding's own among them. */
export type Column =
  | readonly unknown[]
  | {
      /** The different values. */
      readonly words: readonly unknown[];
      /** The places. */
      readonly places: readonly number[];
    };

/** What `/api/r/R/findings?format=columns` answers. */
export type FindingsByColumns = Omit<FindingsAnswer, "findings"> & {
  /** How many findings there are. */
  readonly total: number;
  /** The columns by the members of findings; those of spans are named `span.MEMBER`. */
  readonly columns: Readonly<Record<string, Column>>;
};

/** The findings as objects. */
export function findingsOf({ total, columns, ...report }: FindingsByColumns): FindingsAnswer {
  const entries = Object.entries(columns);
  const findings = Array.from({ length: total }, (_, at) => {
    const members = entries.map(([name, column]) => [name, valueAt(column, at)] as const);
    return findingOf(Object.fromEntries(members));
  });
  return { ...report, findings };
}

function valueAt(column: Column, at: number): unknown {
  return "words" in column ? column.words[column.places[at] ?? -1] : column[at];
}

/** In a title `{irte}` and `{vcpu}` stand for the names. */
function findingOf(members: Readonly<Record<string, unknown>>): ListedFinding {
  const own = Object.entries(members).filter(([name]) => !name.startsWith("span."));
  const finding = Object.fromEntries(own) as unknown as ListedFinding;
  const title = finding.title
    .replaceAll("{irte}", finding.irte ?? "")
    .replaceAll("{vcpu}", finding.vcpu ?? "");
  if (members["span.from_seq"] == null) return { ...finding, title, span: null };
  const span = {
    from_seq: members["span.from_seq"],
    from_ns: members["span.from_ns"],
    to_seq: members["span.to_seq"],
    to_ns: members["span.to_ns"],
  } as FindingSpan;
  return { ...finding, title, span };
}
