// What users make of a trace before they hand it over.

const CPU = /^.{16,32}? \[(\d{3})\] /;

/** The lines of each CPU, in the order of the CPUs, as `cat per_cpu/cpu*\/trace` prints them. */
export function byCpu(lines: readonly string[], hasHeaders = true): string[] {
  const header = lines.filter((line) => line.startsWith("#"));
  const events = lines.filter((line) => !line.startsWith("#"));
  const cpuOf = (line: string): string => CPU.exec(line)?.[1] ?? "";
  const cpus = [...new Set(events.map(cpuOf))].sort();
  return cpus.flatMap((cpu, i) => [
    ...(hasHeaders || i === 0 ? header : []),
    ...events.filter((line) => cpuOf(line) === cpu),
  ]);
}

/** Lines as the text of a file. */
export function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
