// Which text stands in a bar: the longest that fits, never cut with an ellipsis.

/** The variants of a label, the longest first, and nothing as the last. */
export function variants(label: string): readonly string[] {
  const parts = label.split(/ {2,}/);
  const shorter = parts.map((_, index) => parts.slice(0, parts.length - index).join("  "));
  const [head = ""] = parts;
  const arrow = head.indexOf("→");
  const target = arrow > 0 ? [head.slice(arrow)] : [];
  return [...shorter, ...target].filter((each, index, all) => all.indexOf(each) === index);
}

/** Pixels that a label leaves free. */
export const SPARE = 5;

/** Pixels between a bar's visible edge and its label. */
export const INDENT = 7;

/** A label's place. */
export interface Place {
  /** Its first pixel. */
  readonly x: number;
  /** Its text. */
  readonly text: string;
}

/**
 * Where a label stands in a bar: at the visible left, or right of the last line (T, A or B) that it would lie under.
 * Where it fits only left of a line, it stands there.
 */
export function placed(
  label: string,
  bar: { readonly left: number; readonly right: number },
  lines: readonly number[],
  widthOf: (text: string) => number,
): Place | null {
  return placedVariant(variants(label), bar, lines, widthOf);
}

/** The same for texts of which the longest that fits is wanted, the longest first. */
export function placedVariant(
  texts: readonly string[],
  bar: { readonly left: number; readonly right: number },
  lines: readonly number[],
  widthOf: (text: string) => number,
): Place | null {
  const inside = lines.filter((x) => x > bar.left && x < bar.right).sort((a, b) => a - b);
  const edges = [bar.left, ...inside, bar.right];
  for (const text of texts) {
    const width = widthOf(text) + SPARE + INDENT;
    const fits = edges.findIndex((x, index) => (edges[index + 1] ?? x) - x >= width);
    const from = edges[fits];
    if (from !== undefined && text !== "") return { x: from + INDENT, text };
  }
  return null;
}

/** The sentence of a finding's bar that fits: the duration goes first, then one clause after
 * another from the end, then all but the ids. */
export function sentenceVariants(ids: string, sentence: string): readonly string[] {
  const halves = [...sentence.matchAll(/, | and | while | after /g)]
    .map(({ index }) => `${ids}  ${sentence.slice(0, index)}`)
    .reverse();
  return [`${ids}  ${sentence}`, ...halves, ids];
}
