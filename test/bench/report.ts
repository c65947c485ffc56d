// Results as Markdown.

import { cpus, loadavg, totalmem } from "node:os";
import { type Timing } from "./measure.js";

/** One part of the bench. */
export interface Section {
  readonly title: string;
  /** What is compared with what, one paragraph. */
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function markdown(title: string, sections: readonly Section[]): string {
  return [`# ${title}`, machine(), ...sections.map(sectionText)].join("\n\n") + "\n";
}

export function sectionText({ title, note, header, rows }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_cell, column) => (column === 0 ? "---" : "--:"));
  return [`## ${title}`, "", note, "", ...[header, rule, ...rows].map(line)].join("\n");
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
    : `${(perSecond / 1e3).toFixed(0)} k`;
}

function machine(): string {
  const [cpu] = cpus();
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${cpu?.model ?? "?"}, ` +
      `${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, ` +
      `load average ${load.join(", ")}. Made by \`npm run bench\`.`,
    "Times are CPU seconds (user + system), medians of repetitions in which the cases took turns. A " +
      "shared machine moves them by 20 %: compare within a table, never across runs. Ratio: to the " +
      "first row's rate, unless said; above 1 is faster.",
  ].join("\n\n");
}
