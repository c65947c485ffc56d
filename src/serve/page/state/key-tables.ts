// Tables of keys: what is bound, and what the list of `?` is made of.

/** What a key does. */
export type Act = (event: KeyboardEvent) => void;

/** Keys that belong together, what they do in words, and what each does. */
export interface Keys {
  /** What they do. */
  readonly does: string;
  /** What each key does, by its name in a keyboard event; before a name that is no character, `Shift+` can stand. */
  readonly acts: Readonly<Record<string, Act>>;
}

/** What people read on a key whose name in an event is another. */
const SIGNS: Readonly<Record<string, string | undefined>> = {
  ...{ ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" },
  ...{ Escape: "Esc", " ": "Space" },
};

/** The keys of a table as people write them: `Shift+M`, `←`. */
export function keysText({ acts }: Keys): string {
  return Object.keys(acts)
    .map((name) => {
      if (/^[A-Z]$/.test(name)) return `Shift+${name}`;
      const [, shift = "", key = ""] = /^(Shift\+)?(.+)$/s.exec(name) ?? [];
      return `${shift}${SIGNS[key] ?? key}`;
    })
    .join(" ");
}

/** What a key does in a table of keys; undefined = nothing. */
export function actOf(
  acts: ReadonlyMap<string, Act>,
  { key, shiftKey }: KeyboardEvent,
): Act | undefined {
  return (shiftKey ? acts.get(`Shift+${key}`) : undefined) ?? acts.get(key);
}

/** What each key of the tables does. */
export function actsOf(tables: readonly Keys[]): ReadonlyMap<string, Act> {
  return new Map(tables.flatMap(({ acts }) => Object.entries(acts)));
}

/**
 * Does on an element what its tables of keys say. Other keys, and keys for which `isFor` says no, are left to the page.
 */
export function bound(
  tables: readonly Keys[],
  isFor: (event: KeyboardEvent) => boolean = () => true,
): Act {
  const acts = actsOf(tables);
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actOf(acts, event);
    if (act === undefined || !isFor(event)) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  };
}
