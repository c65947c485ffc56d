// Where the data of the CPUs stands, made safe: parts that reach beyond the file or into each other are cut.

import { type CpuPart } from "../file/contents.js";
import { Damage } from "../file/damage.js";

/** Data of a CPU, and how far it may reach. */
export interface WholePart extends CpuPart {
  /** Where the next part of the file begins, or the file ends. */
  readonly limit: number;
}

/** The parts with data in them, in the order of the CPUs, none of them twice. */
export function wholeParts(
  parts: readonly CpuPart[],
  fileSize: number,
  onDamage: (damage: Damage) => void,
): WholePart[] {
  const placed = parts.filter(({ size }) => size > 0).sort((a, b) => a.offset - b.offset);
  const seen = new Set<number>();
  const whole: WholePart[] = [];
  placed.forEach((part, i) => {
    const end = Math.min(fileSize, placed[i + 1]?.offset ?? fileSize);
    const size = Math.min(part.size, Math.max(0, end - part.offset));
    if (size < part.size)
      onDamage(
        new Damage(
          part.offset,
          `the ${part.size} bytes of CPU ${part.cpu} would reach beyond ${end === fileSize ? "the file" : "those of another CPU"}`,
        ),
      );
    if (seen.has(part.cpu))
      onDamage(new Damage(part.offset, `there is other data of CPU ${part.cpu} already`));
    else if (size > 0) whole.push({ ...part, size, limit: end });
    seen.add(part.cpu);
  });
  return whole.sort((a, b) => a.cpu - b.cpu);
}
