// Text in lines of a width that mail keeps.

/** Breaks a text at its spaces; lines after the first are indented by `hang` more. `columns`: of a line, at most. */
export function wrapped(text: string, columns: number, indent = "", hang = 2): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > columns && line.trim() !== "") {
      lines.push(line);
      line = indent + " ".repeat(hang);
    }
    line = line.trim() === "" ? line + word : `${line} ${word}`;
  }
  return [...lines, line];
}
