// Pages of the ring buffer, as the kernel writes them.

/** What follows in a ring. */
export interface RingRecord {
  readonly time: bigint;
  readonly bytes: Buffer;
  /** Events that were lost before it; null = none. */
  readonly lost: number | "unknown" | null;
}

const DATA_OFFSET = 16;
const MISSED = 0x8000_0000;
const MISSED_IS_STORED = 0x4000_0000;
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
const DELTA_MAX = 1n << 27n;
/** Records of more words have their length in a word of its own. */
const WORDS_MAX = 28;
/** Now and then the ring has an absolute stamp, or the remains of a discarded event. */
const STAMP_EACH = 97;
const DISCARDED_EACH = 89;
const DISCARDED_BYTES = 16;

/** Writes the pages of one CPU. */
export class RingEncoder {
  private readonly pageSize: number;
  private readonly pages: Buffer[] = [];
  private page: Buffer | null = null;
  private at = 0;
  private time = 0n;
  private missed: RingRecord["lost"] = null;
  private count = 0;

  constructor(pageSize: number) {
    this.pageSize = pageSize;
  }

  add(record: RingRecord): void {
    this.count++;
    if (this.page === null || record.lost !== null) this.begin(record);
    if (this.count % DISCARDED_EACH === 0) this.discarded(record.time);
    const delta = record.time - this.time;
    const size = sizeOf(record.bytes);
    const isLate = delta >= DELTA_MAX;
    if (this.at + size + (isLate ? 8 : 0) + 24 > this.pageSize) this.begin(record);
    else if (isLate || this.count % STAMP_EACH === 0) this.goOn(record.time);
    this.data(Number(record.time - this.time), record.bytes);
    this.time = record.time;
  }

  /** The pages, one after another. */
  end(): Buffer {
    this.close();
    return Buffer.concat(this.pages);
  }

  private begin({ time, lost }: RingRecord): void {
    this.close();
    this.page = Buffer.alloc(this.pageSize);
    this.page.writeBigUInt64LE(time);
    this.at = DATA_OFFSET;
    this.time = time;
    this.missed = lost;
  }

  private close(): void {
    const { page, missed } = this;
    if (page === null) return;
    let commit = this.at - DATA_OFFSET;
    if (missed !== null) commit += MISSED;
    if (missed !== null && missed !== "unknown" && this.at + 8 <= this.pageSize) {
      commit += MISSED_IS_STORED;
      page.writeBigUInt64LE(BigInt(missed), this.at);
    }
    page.writeUInt32LE(commit, 8);
    this.pages.push(page);
    this.page = null;
  }

  /** The time goes on by more than a record can say. */
  private goOn(time: bigint): void {
    const isStamp = this.count % STAMP_EACH === 0;
    const value = isStamp ? time & ((1n << 59n) - 1n) : time - this.time;
    this.word(Number(value % DELTA_MAX) * 32 + (isStamp ? TIME_STAMP : TIME_EXTEND));
    this.word(Number(value / DELTA_MAX));
    this.time = time;
  }

  /** The remains of an event that a filter has discarded: its time counts. */
  private discarded(time: bigint): void {
    if (time === this.time || this.at + DISCARDED_BYTES > this.pageSize) return;
    this.word(32 + PADDING);
    this.word(DISCARDED_BYTES - 4);
    this.at += DISCARDED_BYTES - 8;
    this.time += 1n;
  }

  private data(delta: number, bytes: Buffer): void {
    const words = Math.ceil(bytes.length / 4);
    if (words <= WORDS_MAX) this.word(delta * 32 + words);
    else {
      this.word(delta * 32);
      this.word(bytes.length + 4);
    }
    if (this.page !== null) bytes.copy(this.page, this.at);
    this.at += words * 4;
  }

  private word(value: number): void {
    this.page?.writeUInt32LE(value, this.at);
    this.at += 4;
  }
}

function sizeOf(bytes: Buffer): number {
  return 8 + Math.ceil(bytes.length / 4) * 4;
}
