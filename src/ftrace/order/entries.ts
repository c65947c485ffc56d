// Counts the entries of a file against what its headers say. ftrace's header counts the entries of all CPUs, in the
// file of one CPU as well (kernel/trace/trace.c, print_event_info()). A line of a stack trace is no entry, and
// `##### CPU 1 buffer started ####` is none either.

const HEADER = /^# entries-in-buffer\/entries-written: (\d+)\/\d+/;

/** `==> per_cpu/cpu1/trace <==`, as `head` and `tail` print it. */
const FILE_NAME = "==> ";

/** What follows one header, up to the next. */
interface Section {
  /** What the header counts. */
  readonly counted: number;
  /** How many entries stood above the header. */
  readonly above: number;
}

/** Compares headers with entries. */
export class EntryCount {
  private readonly sections: Section[] = [];
  /** Entries that markers say are lost: the kernel counted them, and they cannot be in the file. */
  private lost = 0;
  private isLossCounted = true;
  /** Below the name of a file no header was seen so far; and of a file before it. */
  private isBare = false;
  private isExcerpt = false;

  /** Did a header count the entries? */
  get hasHeader(): boolean {
    return this.sections.length > 0;
  }

  /** Takes a header line; `present`: the entries that stand above it. */
  header(text: string, present: number): void {
    const [, counted] = HEADER.exec(text) ?? [];
    if (text.startsWith(FILE_NAME)) this.isExcerpt ||= this.isBare;
    if (text.startsWith(FILE_NAME)) this.isBare = true;
    if (counted === undefined) return;
    this.isBare = false;
    this.sections.push({ counted: Number(counted), above: present + this.lost });
  }

  /** Takes a marker of lost events; null = it does not say how many. */
  marker(count: number | null): void {
    this.lost += count ?? 0;
    if (count === null) this.isLossCounted = false;
  }

  /**
   * How many entries the file lacks; 0 = some, null = none that is known of. `present`: the entries of the file. Files
   * of single CPUs, one after another, have the count of all of them in each header. What `tail` and `head` print
   * below the name of a file has no header where they left out the beginning.
   */
  leftOut(present: number): number | null {
    const counted = this.countedMore(present);
    return this.isBare || this.isExcerpt ? (counted ?? 0) : counted;
  }

  private countedMore(present: number): number | null {
    const { sections, lost } = this;
    const [first] = sections;
    if (first === undefined || !this.isLossCounted) return null;
    const end = present + lost;
    const inEach = sections.map(({ counted, above }, i) =>
      Math.max(0, counted - ((sections[i + 1]?.above ?? end) - above)),
    );
    const own = inEach.reduce((sum, each) => sum + each, 0);
    const most = Math.max(...sections.map(({ counted }) => counted));
    const joint = this.countAllCpus() ? Math.max(0, most - (end - first.above)) : own;
    const least = Math.min(own, joint);
    return least === 0 ? null : least;
  }

  /** Does each header count at least what stands between the first one and itself? */
  private countAllCpus(): boolean {
    const { sections } = this;
    const begin = sections[0]?.above ?? 0;
    return sections.every(({ counted, above }) => counted >= above - begin);
  }
}
