// Words with what they mean, in two columns.

const COLUMNS = 80;
const WIDEST_WORD = 26;

/** Lines of at most 80 columns: a word, and beside it what it means. */
export function twoColumns(rows: readonly (readonly [word: string, meaning: string])[]): string[] {
  const width = Math.min(WIDEST_WORD, Math.max(...rows.map(([word]) => word.length)));
  return rows.flatMap(([word, meaning]) => {
    const lines = broken(meaning, COLUMNS - width - 4);
    const isLong = word.length > width;
    const beside = isLong ? ["", ...lines] : lines;
    return beside.map((line, i) => `  ${(i === 0 ? word : "").padEnd(width)}  ${line}`.trimEnd());
  });
}

/** A text in lines of at most so many columns, but for words that are longer. */
export function broken(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
