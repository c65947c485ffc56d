// The bars of findings: those of one cause stand in one bar, and bars that overlap stand below each other.

import { type ListedFinding } from "./answers.js";

/** Findings of one cause, from where to where it is bad. */
export interface FindingBar {
  /** Their ids. */
  readonly ids: readonly string[];
  /** The finding that a click chooses: the first. */
  readonly first: ListedFinding;
  /** Begin in clock units. */
  readonly from: bigint;
  /** End in clock units; null = it goes on to the end. */
  readonly to: bigint | null;
  /** From 0: the row of bars in which it stands; 3 and more are not shown one by one. */
  readonly row: number;
  /** What is wrong, in one sentence. */
  readonly sentence: string;
}

/** A finding's sentence without its subject and without the bug in parentheses, which stand elsewhere. */
export function sentenceOf({ title, irte, vcpu }: ListedFinding): string {
  const subject = [irte, vcpu].find((name) => name !== null && title.startsWith(`${name}: `));
  const bare = subject === undefined || subject === null ? title : title.slice(subject.length + 2);
  return bare.replace(/ \([^()]*(?:\([^()]*\)[^()]*)*\)$/, "");
}

/** Is it warm: does it speak of the kernel, and matter to safety or speed? */
export function isWarm({ kind, severity }: ListedFinding): boolean {
  return kind !== "contradiction" && severity !== "consistency";
}

/** The sign of a finding's severity. */
export function signOf(finding: ListedFinding): string {
  if (finding.kind === "contradiction") return "?";
  if (finding.severity === "safety") return "✕";
  return finding.severity === "performance" ? "!" : "·";
}

/** The bars of findings, in the order of their begin. */
export function findingBars(findings: readonly ListedFinding[]): readonly FindingBar[] {
  const causes = new Map<string, ListedFinding[]>();
  for (const finding of findings) {
    const { irte, bug, seq, id } = finding;
    const key = bug === null ? id : `${irte ?? ""} ${bug} ${finding.span?.from_seq ?? seq}`;
    causes.set(key, [...(causes.get(key) ?? []), finding]);
  }
  const ends: (bigint | null)[] = [];
  return [...causes.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const from = BigInt(first.span?.from_ns ?? first.time_ns);
    const end = first.span === undefined || first.span === null ? first.time_ns : first.span.to_ns;
    const to = end === null ? null : BigInt(end);
    const free = ends.findIndex((each) => each !== null && each < from);
    const row = free === -1 ? ends.length : free;
    ends[row] = to;
    const ids = group.map(({ id }) => id);
    return [{ ids, first, from, to, row, sentence: sentenceOf(first) }];
  });
}
