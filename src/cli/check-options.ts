// The options of `check` that say which findings count.

import { readFileSync } from "node:fs";
import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { checkIds, MIN_DECIDED_DEFAULT, type Asked, type FindingIdentity } from "../index.js";
import { type Arguments } from "./command.js";

/** Reads --only, --except, --baseline and --min-decided. Throws ERR_NAME, ERR_USAGE or ERR_NO_SUCH_FILE. */
export function askedOf(args: Arguments): Asked {
  return {
    only: idsOf(args, "only"),
    except: idsOf(args, "except"),
    baseline: baselineOf(args),
    minDecided: percentOf(args),
  };
}

function idsOf(args: Arguments, option: string): readonly string[] | undefined {
  const ids = args.text(option)?.split(",");
  const unknown = ids?.find((id) => !checkIds().includes(id));
  if (unknown !== undefined)
    throw new TwinError(
      "ERR_NAME",
      `--${option} ${unknown} is nothing that check looks for${didYouMean(unknown, checkIds())}: there are ${checkIds().join(", ")}`,
    );
  return ids;
}

function percentOf(args: Arguments): number {
  const text = args.text("min-decided");
  if (text === undefined) return MIN_DECIDED_DEFAULT;
  const percent = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw new TwinError("ERR_USAGE", `--min-decided ${text} is not a percentage from 0 to 100`);
}

function baselineOf(args: Arguments): readonly FindingIdentity[] | undefined {
  const file = args.text("baseline");
  if (file === undefined) return undefined;
  const findings = findingsIn(parsed(file));
  if (findings !== null) return findings;
  throw new TwinError(
    "ERR_USAGE",
    `--baseline ${file} is not what \`irqtwin check --json\` prints`,
  );
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(textOf(file));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TwinError("ERR_NO_SUCH_FILE", `--baseline ${file} cannot be read: ${reason}`);
  }
}

/** The findings of a report, those of single releases too; null = it is no report. */
function findingsIn(document: unknown): readonly FindingIdentity[] | null {
  const { findings, by_release = [] } = (document ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(by_release)) return null;
  const lists = [findings, ...by_release.map((each: { findings?: unknown }) => each.findings)];
  const all: unknown[] = [];
  for (const list of lists) {
    if (!Array.isArray(list)) return null;
    all.push(...(list as unknown[]));
  }
  return all.every(isFinding) ? all : null;
}

function isFinding(value: unknown): value is FindingIdentity {
  const finding = value as Partial<FindingIdentity> | null;
  return typeof finding?.kind === "string" && Array.isArray(finding.fields);
}
