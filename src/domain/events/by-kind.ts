// Handlers by kind of event.

/** A list from a kind's code to its handler, so that an event finds its handler without a search. */
export function byKind<Handler>(
  handlers: Readonly<Record<number, Handler>>,
): readonly (Handler | undefined)[] {
  const list: (Handler | undefined)[] = [];
  for (const [kind, handler] of Object.entries(handlers)) list[Number(kind)] = handler;
  return list;
}
