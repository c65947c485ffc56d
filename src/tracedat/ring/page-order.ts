// The pages of one CPU with what is damaged left out. A page whose time stamp is not between those of its neighbours is
// no page of this place: its records would be put far away from where they belong.

import { type PageLayout } from "../file/contents.js";
import { Damage } from "../file/damage.js";
import { type Page, readPage } from "./page.js";
import { type RawPage } from "./part-pages.js";

/** Stamps of neighbours may differ by so many ticks the wrong way: clocks are not exact. */
const TOLERANCE = 1_000_000_000n;

/** A page, and what is known of those around it. */
export interface PlacedPage {
  /** The page. */
  readonly page: Page;
  /** The stamp of the page after it, if that is a good one; null = there is none. */
  readonly next: Page | null;
  /** Was something between it and the page before it left out? */
  readonly followsDamage: boolean;
}

/** Goes through the pages of one CPU. */
export class PageOrder {
  private readonly pages: Iterator<RawPage>;
  private readonly layout: PageLayout;
  private readonly onDamage: (damage: Damage) => void;
  private ahead: Page | null = null;
  private hasAhead = false;
  private last: bigint | null = null;
  private skipped = false;

  /** `onDamage` is told of each page that is left out. */
  constructor(pages: Iterable<RawPage>, layout: PageLayout, onDamage: (damage: Damage) => void) {
    this.pages = pages[Symbol.iterator]();
    this.layout = layout;
    this.onDamage = onDamage;
  }

  /** Is something left out between the last page and the one that comes next? */
  get isSkipping(): boolean {
    return this.skipped;
  }

  /** Notes that something of the last page was left out. */
  noteSkipped(): void {
    this.skipped = true;
  }

  /** The next good page; null = there is none. */
  next(): PlacedPage | null {
    for (;;) {
      const page = this.hasAhead ? this.ahead : this.read();
      this.ahead = page === null ? null : this.read();
      this.hasAhead = true;
      if (page === null) return null;
      if (!this.isMisplaced(page)) return this.placed(page);
      this.leaveOut(
        new Damage(
          page.offset,
          "the time stamp of the page is not between those of its neighbours",
        ),
      );
    }
  }

  private placed(page: Page): PlacedPage {
    const { ahead, skipped } = this;
    this.last = page.ticks;
    this.skipped = false;
    const isOrderly = ahead !== null && ahead.ticks + TOLERANCE >= page.ticks;
    return { page, next: isOrderly ? ahead : null, followsDamage: skipped };
  }

  /** If the stamps of a page and of the next one contradict each other, the page before them tells which is wrong. */
  private isMisplaced({ ticks }: Page): boolean {
    const { last, ahead } = this;
    if (last !== null && ticks + TOLERANCE < last) return true;
    if (ahead === null || ahead.ticks + TOLERANCE >= ticks) return false;
    return last === null || ahead.ticks + TOLERANCE >= last;
  }

  private read(): Page | null {
    for (;;) {
      const result = this.pages.next();
      if (result.done === true) return null;
      try {
        return readPage(result.value, this.layout);
      } catch (error) {
        if (!(error instanceof Damage)) throw error;
        this.leaveOut(error);
      }
    }
  }

  private leaveOut(damage: Damage): void {
    this.skipped = true;
    this.onDamage(damage);
  }
}
