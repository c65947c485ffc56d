// Copies: plain text, with where each value comes from.

import { inertCell } from "../../../base/spreadsheet.js";
import { facts, finding, listed, nameOfFinding, state } from "./data.js";
import { complain, say } from "./message.js";
import { source } from "./readout.js";
import { linkOf, url } from "./url.js";
import { ask, pathOf } from "../data/client.js";
import { type ExplainedAnswer, type ListedFinding } from "../pure/answers.js";
import { said } from "./actions.js";

/** Copies a text, and says what was copied. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    if (copyBySelection(text)) say(`Copied ${what}`);
    else complain("The browser does not let the page copy");
  }
}

/** The way to copy that works without a secure context. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way over http from another host.
  const isDone = document.execCommand("copy");
  area.remove();
  // The selection took the focus: the next key is for what had it.
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return isDone;
}

/** Copies the address of the present view; it has no token. */
export async function copyLink(): Promise<void> {
  await copy(linkOf(url.peek()), "the link");
}

/** The mail of a finding, word for word as `explain --format mail` prints it. */
export async function mailOf(chosen: ListedFinding): Promise<string> {
  const id = facts.peek()?.id ?? 0;
  const { mail } = await ask<ExplainedAnswer>(pathOf(id, `findings/${nameOfFinding(chosen)}`));
  return typeof mail === "string" ? mail : mail.join("\n");
}

/** Copies the mail of the chosen finding, or of the first one. */
export async function copyMail(): Promise<void> {
  const chosen = finding.peek() ?? listed.peek()[0];
  if (chosen === undefined) {
    complain("There is no finding to write of");
    return;
  }
  await said(async () => copy(await mailOf(chosen), `the mail of ${chosen.id}`));
}

/** Copies the moment T with its source. */
export async function copyMoment(): Promise<void> {
  const document = state.state.peek().value;
  if (document === null) return;
  await copy(source(document.time_ns, document.seq, null), "the moment");
}

/** Saves a text or an image as a file. */
export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves rows as CSV; the first has the names of the columns. */
export function saveTable(name: string, rows: readonly (readonly unknown[])[]): void {
  save(name, new Blob([csv(rows)], { type: "text/csv" }));
}

/** Rows as TSV. */
export function tsv(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map((cell) => cellText(cell)).join("\t")).join("\n");
}

/** Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function csv(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function csvCell(value: unknown): string {
  const text = cellText(value);
  const safe = typeof value === "string" ? inertCell(text) : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
