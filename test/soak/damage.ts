// Ways in which users' recordings differ from whole ones, as changes of the lines. Each keeps the text of a line
// as it was, so that a line of the result is a line of the whole recording.

/** A seeded source of numbers from 0 up to, and without, `below`. */
export type Random = (below: number) => number;

/** A recording's header lines and its event lines. */
export interface Lines {
  readonly header: readonly string[];
  readonly body: readonly string[];
}

/** A damaged recording. */
export interface Damaged {
  readonly lines: Lines;
  /** In the words of a reader who wants to do the same by hand. */
  readonly how: string;
}

export type Damage = (lines: Lines, random: Random) => Damaged;

/** The CPU of a line, as it stands in brackets; null = the line has none. */
export function cpuOf(line: string): string | null {
  return / \[(\d+)\] /.exec(line)?.[1] ?? null;
}

/** The name of a line's event; empty = it has none. */
export function nameOf(line: string): string {
  return /\d: (\w+): /.exec(line)?.[1] ?? "";
}

/** The number of the line that a file's header is followed by. */
export function split(text: string): Lines {
  const all = text.split("\n").filter((line) => line !== "");
  const first = all.findIndex((line) => !line.startsWith("#"));
  return { header: all.slice(0, first), body: all.slice(first) };
}

/** The text of a recording. */
export function joined({ header, body }: Lines): string {
  return `${[...header, ...body].join("\n")}\n`;
}

/** The header says how many events the buffer holds, and how many were written to it. */
export function recounted(
  header: readonly string[],
  kept: number,
  written: number,
): readonly string[] {
  return header.map((line) =>
    line.replace(/(entries-written:\s+)\d+\/\d+/, `$1${kept}/${written}`),
  );
}

/** The CPUs of the lines. */
export function cpusOf(body: readonly string[]): readonly string[] {
  return [...new Set(body.flatMap((line) => cpuOf(line) ?? []))].sort();
}

/** One of these, at random. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** The first 5 to 95 % of the lines are cut off, as by `tail`: the header goes too. */
const cutStart: Damage = ({ body }, random) => {
  const from = Math.floor((body.length * (5 + random(91))) / 100);
  return { lines: { header: [], body: body.slice(from) }, how: `tail: from line ${from} on` };
};

/** The ring of every CPU was overwritten up to one moment. */
const wrapped: Damage = ({ header, body }, random) => {
  const from = Math.floor((body.length * (5 + random(91))) / 100);
  const left = body.slice(from);
  const started = new Set<string>();
  const marked = left.flatMap((line, i) => {
    const cpu = cpuOf(line);
    if (cpu === null || started.has(cpu)) return [line];
    started.add(cpu);
    return i === 0 ? [line] : [`##### CPU ${Number(cpu)} buffer started ####`, line];
  });
  return {
    lines: { header: recounted(header, left.length, body.length), body: marked },
    how: `every ring begins at line ${from}`,
  };
};

/** A window from the middle. */
const window: Damage = ({ body }, random) => {
  const from = random(Math.floor(body.length * 0.8));
  const to = from + 50 + random(body.length - from);
  return { lines: { header: [], body: body.slice(from, to) }, how: `lines ${from} to ${to}` };
};

/** The oldest lines of one CPU were overwritten; ftrace marks where each CPU's ring begins. */
const oneRing: Damage = ({ header, body }, random) => {
  const cpu = pick(cpusOf(body), random);
  const own = body.flatMap((line, i) => (cpuOf(line) === cpu ? [i] : []));
  const lost = new Set(own.slice(0, 1 + random(Math.max(1, own.length - 1))));
  const left = body.filter((_, i) => !lost.has(i));
  const started = new Set<string>();
  const marked = left.flatMap((line, i) => {
    const each = cpuOf(line);
    if (each === null || started.has(each)) return [line];
    started.add(each);
    return i === 0 ? [line] : [`##### CPU ${Number(each)} buffer started ####`, line];
  });
  return {
    lines: { header: recounted(header, left.length, body.length), body: marked },
    how: `the oldest ${lost.size} lines of CPU ${cpu} overwritten`,
  };
};

/** Events of one CPU are lost in the middle, as trace_pipe tells it. */
const lostSpan: Damage = ({ header, body }, random) => {
  const cpu = pick(cpusOf(body), random);
  const own = body.flatMap((line, i) => (cpuOf(line) === cpu ? [i] : []));
  if (own.length < 3) return { lines: { header, body }, how: "nothing lost" };
  const from = 1 + random(own.length - 2);
  const lost = own.slice(from, Math.min(own.length - 1, from + 1 + random(200)));
  const gone = new Set(lost);
  const next = own[from + lost.length];
  const left = body.flatMap((line, i) => {
    if (gone.has(i)) return [];
    return i === next ? [`CPU:${Number(cpu)} [LOST ${lost.length} EVENTS]`, line] : [line];
  });
  return { lines: { header: [], body: left }, how: `${lost.length} lines of CPU ${cpu} lost` };
};

/** ftrace did not know the name of some tasks. */
const unknownNames: Damage = ({ header, body }, random) => ({
  lines: {
    header,
    body: body.map((line) =>
      random(100) < 5 ? line.replace(/^.{16,}?-(\d+)( +)\[/, "           <...>-$1$2[") : line,
    ),
  },
  how: "5 % of the lines by <...>",
});

/** One event name is filtered out. */
const withoutName: Damage = ({ header, body }, random) => {
  const name = pick([...new Set(body.map(nameOf))].sort(), random);
  return {
    lines: { header, body: body.filter((line) => nameOf(line) !== name) },
    how: `grep -v ' ${name}: '`,
  };
};

/** One task's lines are filtered out, or all others. */
const byTask: Damage = ({ header, body }, random) => {
  const taskOf = (line: string): string => /-(\d+) +\[/.exec(line)?.[1] ?? "";
  const task = pick([...new Set(body.map(taskOf))].sort(), random);
  const others = random(2) === 0;
  return {
    lines: { header, body: body.filter((line) => (taskOf(line) === task) !== others) },
    how: `grep ${others ? "-v " : ""}-- '-${task} '`,
  };
};

/** One CPU's lines are filtered out, or all others; the header goes with them. */
const byCpu: Damage = ({ body }, random) => {
  const cpu = pick(cpusOf(body), random);
  const others = random(2) === 0;
  return {
    lines: { header: [], body: body.filter((line) => (cpuOf(line) === cpu) !== others) },
    how: `grep ${others ? "-v " : ""}'\\[${cpu}\\]'`,
  };
};

/** The same damage without the header, which `grep` drops as well. */
export function bare(damage: Damage): Damage {
  return (lines, random) => {
    const { lines: left, how } = damage(lines, random);
    return { lines: { header: [], body: left.body }, how: `${how}, without the header` };
  };
}

/** Some lines were cut short, as by a terminal. */
const truncated: Damage = ({ header, body }, random) => ({
  lines: {
    header,
    body: body.map((line) => (random(200) === 0 ? line.slice(0, 20 + random(line.length)) : line)),
  },
  how: "some lines cut short",
});

/** One file a CPU, one after the other. */
const perCpu: Damage = ({ header, body }) => ({
  lines: {
    header,
    body: cpusOf(body).flatMap((cpu) => body.filter((line) => cpuOf(line) === cpu)),
  },
  how: "cat per_cpu/cpu*/trace",
});

/** Every simple kind of damage by its name. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  "cut-start": cutStart,
  wrapped,
  window,
  "one-ring": oneRing,
  "lost-span": lostSpan,
  "unknown-names": unknownNames,
  "without-name": withoutName,
  "by-task": byTask,
  "without-name-bare": bare(withoutName),
  "by-task-bare": bare(byTask),
  "by-cpu-bare": byCpu,
  truncated,
  "per-cpu": perCpu,
  "per-cpu-bare": bare(perCpu),
};
