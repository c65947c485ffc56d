// What `verify` reports, step by step.

import { type Steps } from "../../base/steps.js";
import { isOfMachine } from "../store/sqlite-errors.js";
import { type ChainPosition } from "./chain.js";

/** The steps of `verify`, in the order in which they run. */
export const VERIFY_STEPS = [
  "sqlite",
  "foreign_keys",
  "schema",
  "chain",
  "refold",
  "verdicts",
  "anchor",
] as const;

/** The name of one of VERIFY_STEPS. */
export type VerifyStepName = (typeof VERIFY_STEPS)[number];

/** One thing that is not as it was written, and where it is; null = it has no such place. */
export interface VerifyFinding {
  /** The step that found it. */
  readonly step: VerifyStepName;
  /** What is wrong, in words. */
  readonly what: string;
  /** The number of the recording. */
  readonly recording_id: number | null;
  /** The number of the link in its recording's chain. */
  readonly link: number | null;
  /** The first event that it is about. */
  readonly from_seq: number | null;
  /** The last event that it is about. */
  readonly to_seq: number | null;
  /** The first line of the trace that it is about. */
  readonly from_line: number | null;
  /** The last line of the trace that it is about. */
  readonly to_line: number | null;
}

/** One step, and how it ended. */
export interface VerifyStep {
  /** Its name. */
  readonly step: VerifyStepName;
  /** ok: nothing was found. damaged: something was. skipped: it could not be made. */
  readonly result: "ok" | "damaged" | "skipped";
  /** How much was read: rows; pages for `sqlite`, objects for `schema`, links for `anchor`. */
  readonly rows: number;
  /** Wall-clock time. */
  readonly seconds: number;
}

/** A recording that was dropped. */
export interface DroppedPosition {
  /** Its number. */
  readonly recording_id: number;
  /** The name of its file. */
  readonly file: string;
  /** When it was dropped, in UTC, such as `2026-01-31T12:00:00.000Z`. */
  readonly at: string;
  /** Why, in words. */
  readonly why: string;
  /** How many events it had. */
  readonly events: number;
  /**
   * The hash of its last link of the chain, which proves a copy of it: `verify` of the copy takes it as its anchor. null =
   * it was imported before there was a chain.
   */
  readonly hash: string | null;
}

/** The document of `verify --json`. */
export interface VerifyReport {
  /** unchained: nothing is damaged, but some recordings were imported before there was a chain. */
  readonly verdict: "intact" | "damaged" | "unchained";
  /** The last link; null = there is none. */
  readonly head: ChainPosition | null;
  /** The link with the hash that was asked for; null = none was asked for, or none has it. */
  readonly anchor: ChainPosition | null;
  /** The recordings that were imported before there was a chain. */
  readonly unchained: readonly number[];
  /** The recordings that were dropped: of their events nothing can be proven, of all others everything as before. */
  readonly dropped: readonly DroppedPosition[];
  /** The steps, in the order in which they were made. */
  readonly steps: readonly VerifyStep[];
  /** All that is not as it was written. */
  readonly findings: readonly VerifyFinding[];
}

/** The place of a finding, as far as it has one. */
export type Place = Partial<Omit<VerifyFinding, "step" | "what">>;

/** Adds a finding to the report of the step that runs. */
export type Report = (what: string, place?: Place) => void;

/** Findings of a step that are told one by one: many can follow from one damage. */
const FINDINGS_MAX = 20;

/** Runs steps, and collects how each ended. */
export class StepRunner {
  /** The steps that have run or were left out, in order. */
  readonly steps: VerifyStep[] = [];
  /** What they have found, in order. */
  readonly findings: VerifyFinding[] = [];

  /**
   * Runs a step, which returns how much it read. If it throws, that is a finding too, but for an error that says
   * nothing about the file (no space, no memory): that is thrown. `before`: seconds that it took elsewhere.
   */
  *run(
    step: VerifyStepName,
    check: (report: Report) => number | Steps<number>,
    before = 0,
  ): Steps<void> {
    const began = process.hrtime.bigint();
    let count = 0;
    const report: Report = (what, place = {}) => {
      if (++count > FINDINGS_MAX) return;
      const nowhere = { recording_id: null, link: null, from_seq: null, to_seq: null };
      this.findings.push({ step, what, ...nowhere, from_line: null, to_line: null, ...place });
    };
    let rows = 0;
    try {
      const done = check(report);
      rows = typeof done === "number" ? done : yield* done;
    } catch (error) {
      if (isOfMachine(error)) throw error;
      report(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (count > FINDINGS_MAX) {
      const more = count - FINDINGS_MAX;
      count = 0;
      report(`${more} more of the same kind`);
    }
    const seconds = before + Number(process.hrtime.bigint() - began) / 1e9;
    this.steps.push({ step, result: count > 0 ? "damaged" : "ok", rows, seconds });
    yield;
  }

  /** Leaves a step out. */
  skip(step: VerifyStepName): void {
    this.steps.push({ step, result: "skipped", rows: 0, seconds: 0 });
  }
}
