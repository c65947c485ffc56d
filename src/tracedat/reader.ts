// The stream of a trace.dat in, batches of events out, and an account of every record.

import { EventReader, type EventOptions } from "../ftrace/event-reader.js";
import { type NameEntry } from "../ftrace/names.js";
import { type Line } from "../ftrace/text/line.js";
import { type ReadBatch } from "../source/read-batch.js";
import { REJECTED_TEXT_BYTES } from "../source/lines.js";
import { RecordLine } from "./record-line.js";
import { type LostBefore, Records } from "./records.js";

/** Reads the stream that a trace.dat is made into. A line's number is the place of its record in the order of time. */
export class TraceDatReader extends EventReader {
  private readonly records: Records;
  /** A record is no text. */
  override readonly byteOrderMarks = 0;
  private readonly record: RecordLine;
  private place = 0;
  private lacks = false;
  private isEnded = false;

  /** `onBatch` gets each batch as it becomes full. */
  constructor(options: EventOptions, onBatch: (batch: ReadBatch) => void) {
    const line = new RecordLine();
    super(options, line, onBatch);
    this.record = line;
    this.records = new Records(line, {
      record: (isKnown) => {
        this.readRecord(isKnown);
      },
      lost: (lost) => {
        this.lose(lost);
      },
      damage: (says) => {
        this.lacks = true;
        this.takePlace();
        this.interpreter.strayed();
        this.reject(says, "");
      },
      end: ({ lacks }) => {
        this.isEnded = true;
        this.lacks ||= lacks;
      },
    });
    this.completeness.noteRing();
  }

  /** Takes the next bytes of the stream; whole records are read, the rest waits. The chunk is not kept. */
  override feed(chunk: Buffer): void {
    this.records.feed(chunk);
  }

  protected override endOfInput(): void {
    if (!this.isEnded) this.lacks = true;
  }

  protected override get hasSkipped(): boolean {
    return this.lacks;
  }

  /** The name of a record is looked up once for each event; a user's text has the name of the function that took it. */
  protected override nameOf(line: Line): NameEntry {
    const { format } = this.record;
    if (format === null) return this.names.ofRecord("");
    if (format.isPrint) {
      const writer = format.writerOf(this.record);
      if (format.entry === null || writer !== format.lastWriter)
        format.entry = this.names.ofRecord(line.name());
      format.lastWriter = writer;
    }
    return (format.entry ??= this.names.ofRecord(format.name));
  }

  private readRecord(isKnown: boolean): void {
    this.takePlace();
    const rejected = isKnown ? this.takeEvent() : "the record is too short for its event";
    if (rejected === null) return;
    if (!isKnown) this.interpreter.strayed();
    this.reject(rejected, isKnown ? this.record.text().slice(0, REJECTED_TEXT_BYTES) : "");
  }

  private takePlace(): void {
    this.counts.total++;
    this.lineNumber = ++this.place;
  }

  /** A marker stands between two records and takes no place of its own: it has that of the record that follows. */
  private lose({ cpu, count }: LostBefore): void {
    this.counts.total++;
    this.await({ kind: "lost", cpu, count, line: this.place + 1 });
  }
}
