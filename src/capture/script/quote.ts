// Words of a plan as words of a shell script.

/** The word between single quotes, as sh reads it back. A word with a control character has no place in a script. */
export function shellWord(word: string): string {
  if (/[\x00-\x1f\x7f]/.test(word))
    throw new Error(`a plan has a control character: ${JSON.stringify(word)}`);
  return /^[\w.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
