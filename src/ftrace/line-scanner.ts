// What the lines of a text are, for whoever puts them in the order of time.

import { stampToBigint } from "../base/stamp.js";
import { type Stamp } from "../domain/values/ids.js";
import { type LineScanner } from "../source/line-order.js";
import { type LinePrefix } from "../source/sniffed.js";
import { latin1 } from "./text/bytes.js";
import { type TextLayout } from "./text/layout.js";
import { type Line } from "./text/line.js";
import { LineFront } from "./text/line-front.js";

/** Goes through the lines of one run. */
export class FtraceScanner implements LineScanner {
  /** The time stamp of the last line that was an event's. */
  stamp: Stamp = { billions: 0, rest: 0 };
  /** The CPU of that line. */
  cpu = 0;
  private readonly line: Line;
  private readonly layout: TextLayout;
  private readonly front: LineFront;

  /** `prefix`: the text in front of each line; null = none. */
  constructor(prefix: LinePrefix | null, layout: TextLayout) {
    this.layout = layout;
    this.line = layout.newLine();
    this.front = new LineFront(prefix, layout);
  }

  /** The last number with a colon behind it, in front of the event's name, that is the stamp. */
  get stampText(): string {
    const { buffer, commStart, nameStart, isCounter } = this.line;
    const front = latin1(buffer, commStart, nameStart);
    const shown = stampToBigint(this.stamp);
    const texts = [...front.matchAll(/(?<![\d.])\d+(?:\.\d+)?(?=:)/g)].map(([text]) => text);
    return texts.findLast((text) => valueOf(text, isCounter) === shown) ?? "";
  }

  /** What the line at [from, to) is. */
  kindOf(bytes: Buffer, from: number, to: number): "event" | "head" | "below" {
    this.front.enter(bytes, from, to);
    const { buffer, start, end, sort } = this.front;
    if (sort !== "own") return "below";
    if (this.line.scan(buffer, start, end)) {
      this.front.noteEvent();
      const { billions, rest, cpu } = this.line;
      this.stamp = { billions, rest };
      this.cpu = cpu;
      return "event";
    }
    return this.layout.isHeadLine(buffer, start, end) ? "head" : "below";
  }
}

/** Seconds as nanoseconds, or ticks. */
function valueOf(text: string, isCounter: boolean): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(isCounter ? whole : whole + fraction.padEnd(9, "0"));
}
