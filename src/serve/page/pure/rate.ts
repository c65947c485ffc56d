// How fast something goes, in the unit that fits.

const UNITS = [
  [1e6, " M"],
  [1e3, " k"],
] as const;

/** Lines a second in words: `820 lines/s`, `41 k lines/s`, `1.2 M lines/s`. */
export function rateText(lines: number, milliseconds: number): string {
  const rate = (lines * 1000) / Math.max(1, milliseconds);
  const [size, unit] = UNITS.find(([least]) => Math.round(rate) >= least * 0.9995) ?? [1, ""];
  const shown = rate / size;
  return `${shown < 10 && size > 1 ? shown.toFixed(1) : Math.round(shown)}${unit} lines/s`;
}
