/** A table from number to handler, for dispatch by kind without a search. */
export function byKind<T>(handlers: Readonly<Record<number, T>>): readonly (T | undefined)[] {
  const list: (T | undefined)[] = [];
  for (const [kind, handler] of Object.entries(handlers)) list[Number(kind)] = handler;
  return list;
}
