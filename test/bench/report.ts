// Results as Markdown.

import { cpus, loadavg, totalmem } from "node:os";
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { type Timing } from "./measure.js";

/** One part of the bench. */
export interface Section {
  readonly title: string;
  /** What is compared with what, one paragraph. */
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals?: readonly Goal[];
}

/** A goal, and what was measured of it. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** null: could not be measured here. */
  readonly reached: boolean | null;
}

/** A goal for a number; NaN, or a reason instead of a number: not measured. */
export function goal(
  what: string,
  wanted: { readonly atLeast?: number; readonly atMost?: number; readonly unit: string },
  measured: number | string,
): Goal {
  const { atLeast, atMost, unit } = wanted;
  const text = atLeast === undefined ? `at most ${atMost}${unit}` : `at least ${atLeast}${unit}`;
  if (typeof measured === "string" || Number.isNaN(measured)) {
    return {
      what,
      goal: text,
      measured: typeof measured === "string" ? measured : "-",
      reached: null,
    };
  }
  const reached = measured >= (atLeast ?? -Infinity) && measured <= (atMost ?? Infinity);
  return { what, goal: text, measured: `${significant(measured)}${unit}`, reached };
}

/** Three digits that count. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function markdown(title: string, input: string, sections: readonly Section[]): string {
  const goals = sections.flatMap((section) => section.goals ?? []);
  return (
    [
      `# ${title}`,
      machine(),
      input,
      ...(goals.length > 0 ? [sectionText(goalTable(goals))] : []),
      ...sections.map(sectionText),
    ].join("\n\n") + "\n"
  );
}

export function sectionText({ title, note, header, rows }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_cell, column) => (column === 0 ? "---" : "--:"));
  const table = rows.length === 0 ? [] : ["", ...[header, rule, ...rows].map(line)];
  return [`## ${title}`, "", note, ...table].join("\n");
}

function goalTable(goals: readonly Goal[]): Section {
  return {
    title: "Goals",
    note: "What was to be reached, and whether this run did; `-`: not measured in this run.",
    header: ["what", "goal", "measured", "reached"],
    rows: goals.map(({ what, goal: text, measured, reached }) => [
      what,
      text,
      measured,
      reached === null ? "-" : reached ? "yes" : "NO",
    ]),
  };
}

/** Median CPU seconds, the span of the repetitions, rate and ratio of rates to the first case. */
export function timingRows(timings: readonly Timing[], count: number): string[][] {
  const base = timings[0]?.median ?? NaN;
  return timings.map(({ name, median, low, high }) => [
    name,
    median.toFixed(3),
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
    rate(count / median),
    (base / median).toFixed(2),
  ]);
}

export const TIMING_HEADER = ["CPU s", "lowest to highest", "per CPU s", "ratio"];

export function rate(perSecond: number): string {
  return perSecond >= 1e6
    ? `${(perSecond / 1e6).toFixed(2)} M`
    : `${(perSecond / 1e3).toFixed(perSecond >= 1e4 ? 0 : 1)} k`;
}

/** The stock client's version, where it is installed. */
function client(): string {
  const { status, stdout } = spawnSync("sqlite3", ["-version"], { encoding: "utf8" });
  return status === 0 ? ` (the sqlite3 program: ${stdout.split(" ")[0] ?? "?"})` : "";
}

function machine(): string {
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  const sqlite = new Database(":memory:");
  const version = String(sqlite.prepare("SELECT sqlite_version()").pluck().get());
  sqlite.close();
  return [
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${cpu?.model ?? "?"}, ` +
      `${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, ` +
      `SQLite ${version}${client()}, load average ${load.join(", ")} at the end. Made by \`npm run bench\`.`,
    "Times are CPU seconds (user + system) unless they say wall, medians of repetitions in which the " +
      "cases took turns on one core. A shared machine moves them by 20 %: compare within a table, " +
      "never across runs. Ratio: to the first row's rate, unless said; above 1 is faster.",
  ].join("\n\n");
}
