// Ways of damage that come together in users' recordings, and some that they do by hand: filters by a word, parts of
// files put together, probe sets that are smaller, lines that come late.

import { PROBES } from "../../src/domain/amd/probes/probes.js";
import {
  bare,
  cpuOf,
  cpusOf,
  nameOf,
  pick,
  joined,
  recounted,
  split,
  type Damage,
  type Damaged,
} from "./damage.js";

/** One damage after the other. */
export function together(...damages: readonly Damage[]): Damage {
  return (lines, random) =>
    damages.reduce<Damaged>(
      (so, damage) => {
        const next = damage(so.lines, random);
        return { lines: next.lines, how: so.how === "" ? next.how : `${so.how}; ${next.how}` };
      },
      { lines, how: "" },
    );
}

/** So many of a hundred lines do not name their task. */
export function nameless(percent: number): Damage {
  return ({ header, body }, random) => ({
    lines: {
      header,
      body: body.map((line) =>
        random(100) < percent
          ? line.replace(/^.{16,}?-(\d+)( +)\[/, "           <...>-$1$2[")
          : line,
      ),
    },
    how: `${percent} % of the lines by <...>`,
  });
}

/** Words by which a user looks for something. */
const WORDS = ["vcpu", "irte", "kvm", "avic", "irqfd", "affinity", "vector", "ret", "sched", "svm"];

/** The lines with a word, or those without it; grep drops the header of the first, and we drop it of both. */
export const byWord: Damage = ({ body }, random) => {
  const word = pick(WORDS, random);
  const others = random(2) === 0;
  return {
    lines: { header: [], body: body.filter((line) => line.includes(word) !== others) },
    how: `grep ${others ? "-v " : ""}${word}`,
  };
};

/** Several event names are filtered out. */
export const withoutNames: Damage = ({ header, body }, random) => {
  const left = [...new Set(body.map(nameOf))].sort();
  const gone = Array.from({ length: 2 + random(8) }, () => pick(left, random));
  return {
    lines: { header, body: body.filter((line) => !gone.includes(nameOf(line))) },
    how: `grep -v of ${gone.join(", ")}`,
  };
};

/** Some lines of one event name are missing from a moment on. */
export const nameThatStops: Damage = ({ header, body }, random) => {
  const name = pick([...new Set(body.map(nameOf))].sort(), random);
  const from = random(body.length);
  return {
    lines: { header, body: body.filter((line, i) => i < from || nameOf(line) !== name) },
    how: `from line ${from} on without ${name}`,
  };
};

/** A recording as it is with a smaller set of probes. Tracepoints stay. */
export function thinned(text: string, level: "minimal" | "standard"): string {
  const { header, body } = split(text);
  const gone = new Set<string>(
    PROBES.filter(
      (probe) => probe.level === "full" || (probe.level === "standard" && level === "minimal"),
    ).map(({ name }) => name),
  );
  const left = body.filter((line) => !gone.has(nameOf(line)));
  return joined({ header: recounted(header, left.length, left.length), body: left });
}

/** The last lines are cut off, as by `head`. */
export const head: Damage = ({ header, body }, random) => {
  const to = Math.floor((body.length * (5 + random(91))) / 100);
  return { lines: { header, body: body.slice(0, to) }, how: `head: up to line ${to}` };
};

/** The lines that name the release, and the user's other markers, were taken out. */
export const withoutMarkers: Damage = ({ header, body }) => ({
  lines: { header, body: body.filter((line) => nameOf(line) !== "tracing_mark_write") },
  how: "without the markers",
});

/** A window out of each CPU's file, one after the other. */
export const cpuWindows: Damage = ({ body }, random) => ({
  lines: {
    header: [],
    body: cpusOf(body).flatMap((cpu) => {
      const own = body.filter((line) => cpuOf(line) === cpu);
      const from = random(Math.ceil(own.length / 2));
      return own.slice(from, from + 1 + random(own.length));
    }),
  },
  how: "a window of each CPU",
});

/** Two parts of a recording in one file; `isTurned`: the later one first. */
function twoParts(isTurned: boolean): Damage {
  return ({ header, body }, random) => {
    const [a = 0, b = 0, c = 0, d = 0] = Array.from({ length: 4 }, () => random(body.length)).sort(
      (x, y) => x - y,
    );
    const parts = [body.slice(a, b + 1), body.slice(c, d + 1)];
    if (isTurned) parts.reverse();
    const withHeader = random(2) === 0 ? header : [];
    return {
      lines: {
        header: withHeader,
        body: [...(parts[0] ?? []), ...withHeader, ...(parts[1] ?? [])],
      },
      how: `lines ${a} to ${b} and ${c} to ${d}${isTurned ? ", turned" : ""}`,
    };
  };
}

/** Lines that `trace_pipe` prints late: each goes below the next line of another CPU. */
export const lateLines: Damage = ({ body }, random) => {
  const left = [...body];
  const late = 1 + random(3);
  for (let i = 0; i < late; i++) {
    const at = random(left.length - 1);
    const [line = "", next = ""] = left.slice(at, at + 2);
    if (cpuOf(line) !== cpuOf(next)) left.splice(at, 2, next, line);
  }
  return { lines: { header: [], body: left }, how: `up to ${late} late lines` };
};

/** Combinations by their names. */
export function combinations(
  of: Readonly<Record<string, Damage>>,
): Readonly<Record<string, Damage>> {
  const damage = (name: string): Damage => {
    const found = of[name];
    if (found === undefined) throw new Error(`there is no damage ${name}`);
    return found;
  };
  const cutStart = damage("cut-start");
  const lostSpan = damage("lost-span");
  const byTask = damage("by-task-bare");
  const byCpu = damage("by-cpu-bare");
  return {
    "by-word-bare": byWord,
    "several-names": withoutNames,
    "several-names-bare": bare(withoutNames),
    "name-stops-bare": bare(nameThatStops),
    "names-15": nameless(15),
    head,
    "no-markers": withoutMarkers,
    "no-markers-bare": bare(withoutMarkers),
    "cpu-windows": cpuWindows,
    "two-parts": twoParts(false),
    "two-parts-turned": twoParts(true),
    "late-lines": lateLines,
    "lost-spans": together(lostSpan, lostSpan, lostSpan, lostSpan),
    "wrapped-nameless": together(damage("one-ring"), nameless(2)),
    "cut-lost-nameless": together(cutStart, lostSpan, nameless(2)),
    "cut-names-bare": together(cutStart, withoutNames),
    "cut-task": together(cutStart, byTask),
    "cut-cpu": together(cutStart, byCpu),
  };
}
