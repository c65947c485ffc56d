// Which releases could have printed a recording that does not name its own: the column `tells` of the probe
// table, and the width of the GA tag.

import { PROBES } from "../domain/amd/probes/probes.js";
import { RULES, RULES_IDS, type Rules, type RulesId } from "../domain/amd/releases/releases.js";
import { FTRACE_LAYOUT } from "./layout.js";
import { TagEvidence } from "./tag-evidence.js";
import { LineFront } from "./text/line-front.js";
import { LineCutter } from "../source/lines.js";
import { type Line } from "./text/line.js";
import { type Evidence } from "../source/format.js";
import { type LinePrefix } from "../source/sniffed.js";

interface Format {
  readonly pattern: RegExp;
  readonly holds: (rules: Rules) => boolean;
}

/** The formats that tell releases apart, by the name of the probe. */
const FORMATS: ReadonlyMap<string, readonly Format[]> = new Map(
  PROBES.filter(({ tells }) => tells.length > 0).map(({ name, tells }) => [
    name,
    tells.map(({ format, holds }) => ({ pattern: new RegExp(`^(?:${format})`), holds })),
  ]),
);

/** A profile that is contradicted this many times as often as the best one is not allowed: lines can be damaged. */
const CLEARLY = 10;

/** Takes a recording's lines and says which profiles they allow. */
export class LineEvidence {
  private readonly against = new Map<RulesId, number>();
  private readonly tags = new TagEvidence();

  /** The profiles that could have printed the lines so far, oldest first: all, where no line tells. */
  get allowed(): readonly RulesId[] {
    const countOf = (id: RulesId): number => this.against.get(id) ?? 0;
    const fewest = Math.min(...RULES_IDS.map(countOf));
    return RULES_IDS.filter((id) => countOf(id) <= CLEARLY * fewest);
  }

  /** Takes an event's line that is taken apart. */
  take(line: Line): void {
    const name = line.name();
    for (const bits of this.tags.take(name, line))
      this.exclude(({ tagVcpuBits }) => tagVcpuBits !== bits);
    const formats = FORMATS.get(name);
    if (formats === undefined) return;
    const text = line.text();
    for (const { pattern, holds } of formats) if (pattern.test(text)) this.exclude(holds);
  }

  /** A line speaks against the profiles of which this does not hold. */
  private exclude(holds: (rules: Rules) => boolean): void {
    for (const id of RULES_IDS)
      if (!holds(RULES[id])) this.against.set(id, (this.against.get(id) ?? 0) + 1);
  }
}

/** Takes the bytes of a text and says which profiles its lines allow. */
export class ReleaseEvidence extends LineEvidence implements Evidence {
  private readonly line: Line;
  private readonly front: LineFront;
  private readonly lines = new LineCutter({
    line: (buffer, start, end) => {
      this.front.enter(buffer, start, end);
      const { buffer: text, start: from, end: to, sort } = this.front;
      if (sort !== "own" || !this.line.scan(text, from, to)) return;
      this.front.noteEvent();
      this.take(this.line);
    },
    broken: () => undefined,
  });

  /** `prefix`: the text in front of each line; null = none. */
  constructor(prefix: LinePrefix | null = null, layout = FTRACE_LAYOUT) {
    super();
    this.line = layout.newLine();
    this.front = new LineFront(prefix, layout);
  }

  /** Takes the next bytes of the recording. */
  feed(chunk: Buffer): void {
    this.lines.feed(chunk);
  }
}
