// Texts in tables that a spreadsheet opens.

/** A text that no spreadsheet runs: one that it would take for a formula begins with an apostrophe. Numbers are none. */
export function inertCell(text: string): string {
  return /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
}
