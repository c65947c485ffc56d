// A list of objects as columns: many findings are a sixth as long as a list of them, and what they share is written once.

/** A column: its values; or each of its different values once, and for each object the place of its own among them. */
export type Column =
  | readonly unknown[]
  | {
      /** The different values. */
      readonly words: readonly unknown[];
      /** The places. */
      readonly places: readonly number[];
    };

/** Columns by their names. */
export type Columns = Readonly<Record<string, Column>>;

/** Each column of a list: what gives its value, and whether many objects share it. */
export type ColumnsMade<Each> = Readonly<
  Record<string, readonly [valueOf: (each: Each) => unknown, isShared: boolean]>
>;

/** The columns of a list. */
export function columnsOf<Each>(list: readonly Each[], made: ColumnsMade<Each>): Columns {
  return Object.fromEntries(
    Object.entries(made).map(([name, [valueOf, isShared]]) => {
      const values = list.map(valueOf);
      return [name, isShared ? sharedColumn(values) : values];
    }),
  );
}

function sharedColumn(values: readonly unknown[]): Column {
  const known = new Map<unknown, number>();
  const places = values.map((value) => {
    const place = known.get(value) ?? known.size;
    known.set(value, place);
    return place;
  });
  return { words: [...known.keys()], places };
}
