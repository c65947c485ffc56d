// How far an input is read, in bytes as they are stored, when so many of its decompressed bytes were used. More is read
// than was used: the first bytes are judged before they are used, and a decompressor takes a whole chunk at once.

/** So many places are kept, over the whole input. */
const MARKS_MAX = 4096;

interface Mark {
  /** Decompressed bytes from the beginning. */
  readonly given: number;
  /** The stored bytes that they were made from. */
  readonly stored: number;
}

const BEGINNING: Mark = { given: 0, stored: 0 };

/** The places of an input at which both its decompressed and its stored bytes are known. */
export class Meter {
  private marks: Mark[] = [];
  private last: Mark = BEGINNING;

  /** The input is read from its beginning. */
  begin(): void {
    this.marks = [];
    this.last = BEGINNING;
  }

  /** So many bytes more were given out, and so many stored bytes were taken for all that was given out so far. */
  note(bytes: number, stored: number): void {
    const given = this.last.given + bytes;
    this.last = { given, stored: Math.max(stored, this.last.stored) };
    this.marks.push(this.last);
    if (this.marks.length > MARKS_MAX) this.marks = this.marks.filter((_, i) => i % 2 === 1);
  }

  /** The stored bytes that the first `used` decompressed bytes were made from, evenly between two places. */
  storedAt(used: number): number {
    if (used >= this.last.given) return this.last.stored;
    const at = this.placeOf(used);
    const from = this.marks[at - 1] ?? BEGINNING;
    const to = this.marks[at] ?? this.last;
    const share = (used - from.given) / (to.given - from.given);
    return from.stored + Math.floor((to.stored - from.stored) * share);
  }

  /** The first mark after so many decompressed bytes, found by halving. */
  private placeOf(used: number): number {
    let [low, high] = [0, this.marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.marks[middle]?.given ?? 0) > used) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
