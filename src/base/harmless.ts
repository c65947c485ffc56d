// Texts of a recording may hold characters that are no letters: who reads them would obey them.

/**
 * Characters that a terminal obeys: C0 and C1 but for the tab and the line feed, marks that turn the direction of
 * text, and separators of lines and paragraphs.
 */
export const CONTROL =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The number of a character, as so many hexadecimal digits. */
export function codePoint(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}

/** Text with those characters written out, such as \x1b or \u202e: who shows it does not obey. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (character) =>
    character <= "\xff" ? `\\x${codePoint(character, 2)}` : `\\u${codePoint(character, 4)}`,
  );
}
