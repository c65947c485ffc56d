// What stands above everything: what the recording is, and what was found in it.

import { isWarm, signOf } from "../pure/bars.js";
import { count } from "../pure/clock.js";
import { type FindingsAnswer } from "../pure/answers.js";
import { facts, findings, gaps, isSoFar, listed } from "./data.js";

/** What the recording is, in parts, what is missing first; none = no recording is open. */
export function factsNow(): readonly string[] {
  const known = facts.value;
  if (known === null) return [];
  const events = known.last_seq === null ? 0 : known.last_seq - known.first_seq + 1;
  const lost = gaps.value.length;
  const parts = [
    // What is missing is told before all else: the last parts go where there is no room.
    lost === 0 ? null : `${count(lost)} ${lost === 1 ? "gap" : "gaps"}`,
    known.kernel === null ? "kernel not told" : `kernel ${known.kernel.split("+")[0] ?? ""}`,
    known.rules === null ? null : `rules ${known.rules}`,
    `${count(events)} events${lost === 0 ? ", no gaps" : ""}`,
  ];
  return parts.filter((part) => part !== null);
}

/** What was found, in words. */
export interface VerdictText {
  /** The words. */
  readonly words: string;
  /** How they look: warm where something is wrong, hatched where it is not known; "" = quiet. */
  readonly kind: "warm" | "hatched" | "";
}

/** What was found in the recording. */
export function verdictNow(): VerdictText {
  const { value: report, busy, error } = findings.state.value;
  if (report === null) return { words: error ?? (busy ? "judging …" : ""), kind: "" };
  const { words, kind } = verdictOf(report);
  // A verdict is one at the end only.
  return isSoFar.value ? { words: `so far: ${words}`, kind } : { words, kind };
}

function verdictOf(report: FindingsAnswer): VerdictText {
  const isSure = report.verdict !== "inconclusive";
  if (listed.value.length > 0 && isSure)
    return { words: findingsText(), kind: listed.value.some(isWarm) ? "warm" : "" };
  if (!isSure) {
    const words = `? inconclusive: ${report.reason ?? "not everything could be judged"}`;
    return { words, kind: "hatched" };
  }
  const { explained } = report.writes;
  const words = `No findings. ${count(explained)} writes explained, ${percent(report.decided)} decided.`;
  return { words, kind: "" };
}

/** The sign of the worst finding. */
export function worstSign(): string {
  const signs = listed.value.map(signOf);
  return signs.includes("✕") ? "✕" : (signs[0] ?? "");
}

/** `4 findings, 1 known bug: B6 · CVE-2026-23198`. */
function findingsText(): string {
  const { length } = listed.value;
  const bugs = [...new Set(listed.value.flatMap(({ bug }) => (bug === null ? [] : [bug])))];
  const all = `${length} ${length === 1 ? "finding" : "findings"}`;
  if (bugs.length === 0) return all;
  return `${all}, ${bugs.length} known ${bugs.length === 1 ? "bug" : "bugs"}: ${bugs.join(", ")}${cves()}`;
}

/** The numbers that the findings' titles name. */
function cves(): string {
  const all = listed.value.flatMap(({ title }) => title.match(/CVE-\d+-\d+/g) ?? []);
  return all.length === 0 ? "" : ` · ${[...new Set(all)].join(", ")}`;
}

function percent(share: number | null): string {
  if (share === null) return "nothing";
  return share === 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
