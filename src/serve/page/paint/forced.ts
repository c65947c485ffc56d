// The colours of the page where the system forces its own.

/** Colours by the names of tokens. */
type Named = Readonly<Record<string, string>>;

/**
 * With forced colours: edges and text in the system's text colour, and no fills but those of what runs or is wrong. What
 * waits has its edge in the colour of selections. Marks (`paints.ts`), patterns and heights tell the rest.
 */
export function forced(found: Named): Named {
  const tokens = Object.keys(found).map((token) => [token, forcedColour(token)] as const);
  return { ...Object.fromEntries(tokens), [FORCED]: "CanvasText" };
}

/** The token of the colour of marks, which only forced colours have. */
const FORCED = "forced";

/** Are these colours those of the system? */
export function isForced(shown: Named): boolean {
  return FORCED in shown;
}

/** Tokens of what is empty inside, of text on what is filled, and of patterns on it. */
const EMPTY =
  /^(?:bg|panel|wait|out|host|cpu-other|accbg|badbg|fate-(?:wake|pending|software|host)|chip-text|run-text|fate-.*-text|fate-(?:freed|storm)-edge)$/;

/** The colour of the system that stands in the place of a token's. */
export function forcedColour(token: string): "Canvas" | "CanvasText" | "GrayText" | "Highlight" {
  if (EMPTY.test(token)) return "Canvas";
  if (/^line2?$/.test(token)) return "GrayText";
  return /^(?:accent|wait-edge)$/.test(token) ? "Highlight" : "CanvasText";
}
