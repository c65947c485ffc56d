// A map that knows which of its entries were set or deleted since a moment, so that nobody has to compare all.

/** What changed in a map, in the order of the map. */
export interface Changes<Key, Value> {
  /** The values that were set. */
  readonly set: readonly Value[];
  /** The keys that the map had at the moment and has no more. */
  readonly gone: readonly Key[];
}

/** A map with its changes since `mark`. */
export class ChangedMap<Key, Value> extends Map<Key, Value> {
  /** The place of each key in the map's order; of those that are gone since the moment too. */
  private readonly places = new Map<Key, number>();
  private nextPlace = 0;
  private readonly changed = new Set<Key>();
  /** Keys that the map has got since the moment. */
  private readonly added = new Set<Key>();
  private readonly gone = new Map<Key, number>();

  /** A map with these entries, none of which counts as changed. */
  static of<Key, Value>(entries: ReadonlyMap<Key, Value>): ChangedMap<Key, Value> {
    const map = new ChangedMap<Key, Value>();
    for (const [key, value] of entries) map.set(key, value);
    map.mark();
    return map;
  }

  override set(key: Key, value: Value): this {
    if (!this.has(key)) {
      this.places.set(key, this.nextPlace++);
      this.added.add(key);
    }
    this.changed.add(key);
    return super.set(key, value);
  }

  override delete(key: Key): boolean {
    const isThere = super.delete(key);
    if (!isThere) return false;
    const place = this.places.get(key) ?? 0;
    this.places.delete(key);
    this.changed.delete(key);
    if (!this.added.delete(key)) this.gone.set(key, place);
    return true;
  }

  /** How many entries were set since the moment, and are there. */
  get changedCount(): number {
    return this.changed.size;
  }

  /** What changed since the moment. */
  changes(): Changes<Key, Value> {
    const place = (key: Key): number => this.places.get(key) ?? 0;
    const set = [...this.changed].sort((a, b) => place(a) - place(b));
    const gone = [...this.gone].filter(([key]) => !this.has(key)).sort(([, a], [, b]) => a - b);
    return {
      set: set.map((key) => this.get(key) as Value),
      gone: gone.map(([key]) => key),
    };
  }

  /** From now on changes count. */
  mark(): void {
    this.changed.clear();
    this.added.clear();
    this.gone.clear();
  }
}
