// A list that becomes empty again and again. An array whose length becomes 0 gives its room back, and takes room anew
// with the next item: at nearly every event that would be most of what the fates allocate.

/** Items in the order in which they came. What was taken out is held until another item takes its place. */
export class KeptList<Item> {
  private readonly items: Item[] = [];
  /** How many there are. */
  size = 0;

  /** Adds an item behind the others. */
  push(item: Item): void {
    this.items[this.size++] = item;
  }

  /** The item at a place below `size`, from 0. */
  at(place: number): Item {
    return this.items[place] as Item;
  }

  /** All items, as they are now. */
  all(): readonly Item[] {
    return this.items.slice(0, this.size);
  }

  /** Is the item there? */
  includes(item: Item): boolean {
    return this.placeOf(item) >= 0;
  }

  /** Takes an item out, if it is there; those behind it move up. */
  remove(item: Item): void {
    const place = this.placeOf(item);
    if (place >= 0) this.removeAt(place);
  }

  /** Takes out the item at a place; those behind it move up. */
  removeAt(place: number): void {
    const { items } = this;
    this.size--;
    for (let i = place; i < this.size; i++) items[i] = items[i + 1] as Item;
  }

  /** Gives its room back, if it is empty. */
  release(): void {
    if (this.size === 0) this.items.length = 0;
  }

  /** Takes all out. */
  clear(): void {
    this.size = 0;
  }

  private placeOf(item: Item): number {
    const { items, size } = this;
    for (let i = 0; i < size; i++) if (items[i] === item) return i;
    return -1;
  }
}
