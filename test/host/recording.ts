// A recording that the guest made, as irqtwin and as a reader of text sees it.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { irqtwin } from "../support/irqtwin.js";

/** What the tests ask of a recording. */
export interface Recording {
  /** The lines of the header and of the end, without `# irqtwin `. */
  readonly header: readonly string[];
  /** The lines of events. */
  readonly events: readonly string[];
  readonly rejected: number;
  readonly writes: number;
  readonly findings: number;
}

/** Reads and imports a recording; null if there is none. */
export function recordingAt(file: string, kernel: string): Recording | null {
  if (!existsSync(file)) return null;
  const lines = gunzipSync(readFileSync(file)).toString("latin1").trimEnd().split("\n");
  const db = `${file}.db`;
  rmSync(db, { force: true });
  const imported = JSON.parse(
    irqtwin(["import", file, "--kernel", kernel, "--db", db, "--json"]).stdout || "{}",
  ) as { lines?: { rejected: number }; events?: { irte_written?: number } };
  const checked = JSON.parse(irqtwin(["check", "--db", db, "--json"]).stdout || "{}") as {
    findings?: readonly unknown[];
  };
  return {
    header: lines
      .filter((line) => line.startsWith("# irqtwin "))
      .map((line) => line.slice("# irqtwin ".length)),
    events: lines.filter((line) => !line.startsWith("#")),
    rejected: imported.lines?.rejected ?? NaN,
    writes: imported.events?.irte_written ?? 0,
    findings: checked.findings?.length ?? 0,
  };
}

/** The values of a key of the header. */
export function valuesOf({ header }: Recording, key: string): readonly string[] {
  return header
    .filter((line) => line.startsWith(`${key}: `))
    .map((line) => line.slice(key.length + 2));
}

/** How many events the CPUs say that they handed out; lines that are lost on the way to the file are not among them. */
export function readEvents(recording: Recording): number {
  return valuesOf(recording, "loss").reduce(
    (sum, value) => sum + Number(/ read=(\d+)/.exec(value)?.[1]),
    0,
  );
}
