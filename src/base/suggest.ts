// What a user may have meant by a word that is none.

/** A word that is as long as this may have one wrong letter for each so many. */
const LETTERS_PER_FAULT = 3;

/** ` (did you mean X?)` with the word that is nearest to `text`; empty where none is near, or several are as near. */
export function didYouMean(text: string, words: readonly string[]): string {
  const wanted = text.toLowerCase();
  const near = words
    .map((word) => ({ word, faults: faultsBetween(wanted, word.toLowerCase()) }))
    .filter(
      ({ word, faults }) => faults <= Math.max(1, Math.floor(word.length / LETTERS_PER_FAULT)),
    )
    .sort((a, b) => a.faults - b.faults);
  const [first, second] = near;
  return first === undefined || first.faults === second?.faults
    ? ""
    : ` (did you mean ${first.word}?)`;
}

/** How many letters are missing, too many, wrong, or exchanged with the next: optimal string alignment. */
function faultsBetween(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isExchanged ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
