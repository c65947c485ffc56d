// The bars of a counter: for each column its parts, which stand on each other.

import { type CounterPart, type CountersAnswer, type CounterSeries } from "./answers.js";
import { type Span } from "./url-state.js";

/** So many parts have a colour of their own; the others, the smallest ones, share the last. */
export const PARTS_MOST = 5;

/** What the parts that share the last colour are called. */
const OTHERS = "others";

/** A part of a column. */
export interface CounterBar {
  /** Which part, from the bottom. */
  readonly part: number;
  /** Its left edge, as a part of the view, so that no absolute time becomes a float. */
  readonly left: number;
  /** Its right edge, likewise. */
  readonly right: number;
  /** Where it begins, in the counter's unit. */
  readonly bottom: number;
  /** Where it ends. */
  readonly top: number;
}

/** The parts of a counter with the greatest at the bottom; only those that count something here. */
export function partsOf({ parts }: CounterSeries): readonly CounterPart[] {
  const sum = ({ values }: CounterPart): number =>
    values.reduce<number>((all, each) => all + (each ?? 0), 0);
  const counted = parts.filter((part) => sum(part) > 0).sort((one, other) => sum(other) - sum(one));
  if (counted.length <= PARTS_MOST) return counted;
  const [own, rest] = [counted.slice(0, PARTS_MOST - 1), counted.slice(PARTS_MOST - 1)];
  const columns = rest[0]?.values.length ?? 0;
  const values = Array.from({ length: columns }, (_, column) =>
    rest.reduce((all, part) => all + (part.values[column] ?? 0), 0),
  );
  return [...own, { name: OTHERS, values }];
}

/** The bars of parts in a view. */
export function barsOfParts(
  parts: readonly CounterPart[],
  { from, bucket, columns }: Pick<CountersAnswer, "from" | "bucket" | "columns">,
  { start, length }: Span,
): readonly CounterBar[] {
  const edge = (column: number): number =>
    (Number(BigInt(from) - start) + column * bucket) / Number(length);
  return Array.from({ length: columns }, (_, column) => {
    let bottom = 0;
    return parts.flatMap(({ values }, part) => {
      const value = values[column] ?? 0;
      if (value === 0) return [];
      const bar = {
        part,
        left: edge(column),
        right: edge(column + 1),
        bottom,
        top: bottom + value,
      };
      bottom = bar.top;
      return [bar];
    });
  }).flat();
}
