// A canvas to paint on in device pixels, or an SVG that takes the same calls.

import { fonts, type Colours } from "./theme.js";

/** What painters need of a 2D context. CanvasRenderingContext2D has it, and so has the page's SVG writer. */
export interface Brush {
  /** The colour, or the hatch, of fills. */
  fillStyle: string | CanvasGradient | CanvasPattern;
  /** The colour of lines. */
  strokeStyle: string | CanvasGradient | CanvasPattern;
  /** The width of lines. */
  lineWidth: number;
  /** The font of texts. */
  font: string;
  /** How strongly it covers, 0 to 1. */
  globalAlpha: number;
  /** Fills a rectangle. */
  fillRect(x: number, y: number, w: number, h: number): void;
  /** Draws the edge of a rectangle. */
  strokeRect(x: number, y: number, w: number, h: number): void;
  /** Draws a text from its left end, at its baseline. */
  fillText(text: string, x: number, y: number): void;
  /** The width of a text. */
  measureText(text: string): Pick<TextMetrics, "width">;
  /** Begins a path. */
  beginPath(): void;
  /** Moves the pen. */
  moveTo(x: number, y: number): void;
  /** Draws a line to a point. */
  lineTo(x: number, y: number): void;
  /** Adds a circle's part. */
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  /** Fills the path. */
  fill(): void;
  /** Draws the path. */
  stroke(): void;
  /** Sets the lengths of dashes and the spaces between them. */
  setLineDash(lengths: number[]): void;
  /** Keeps the settings. */
  save(): void;
  /** Brings them back. */
  restore(): void;
  /** Cuts what follows to a rectangle. */
  clipTo(x: number, y: number, w: number, h: number): void;
  /** Fills a rectangle with the hatch that means unknown. It stays still while the view moves. */
  hatch(x: number, y: number, w: number, h: number): void;
}

/** What every painter gets. */
export interface Surface {
  /** The context; its unit is a device pixel. */
  readonly brush: Brush;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
  /** Width in device pixels. */
  readonly width: number;
  /** Height in device pixels. */
  readonly height: number;
  /** The colours of the theme. */
  readonly colours: Colours;
}

/** A colour by its token. */
export function colour({ colours }: Surface, token: string): string {
  return colours[token] ?? "transparent";
}

/** A font in CSS pixels, scaled to the surface. */
export function font({ ratio }: Surface, size: number, weight = 400, style = "normal"): string {
  return `${style} ${weight} ${size * ratio}px ${fonts.sans}`;
}

const HATCH_PITCH = 6;

/** Makes a canvas fit its element, and returns it as a surface; null = it has no size. */
export function surfaceOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  ratio: number,
  colours: Colours,
): Surface | null {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (w === 0 || h === 0) return null;
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, w, h);
  const brush = withExtras(context, ratio, colours);
  return { brush, ratio, width: w, height: h, colours };
}

/** Takes away what is painted on a canvas, such as that of another recording. */
export function clearCanvas(canvas: HTMLCanvasElement): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
}

function withExtras(context: CanvasRenderingContext2D, ratio: number, colours: Colours): Brush {
  const pattern = hatchPattern(context, ratio, colours["hatch"] ?? "grey");
  return Object.assign(context, {
    clipTo(x: number, y: number, w: number, h: number): void {
      context.beginPath();
      context.rect(x, y, w, h);
      context.clip();
    },
    hatch(x: number, y: number, w: number, h: number): void {
      if (pattern === null) return;
      const before = context.fillStyle;
      context.fillStyle = pattern;
      context.fillRect(x, y, w, h);
      context.fillStyle = before;
    },
  });
}

const patterns = new Map<string, CanvasPattern | null>();

/** Diagonal lines of 1.4 pixels at a pitch of 6, on a tile that repeats without a seam. */
function hatchPattern(
  context: CanvasRenderingContext2D,
  ratio: number,
  ink: string,
): CanvasPattern | null {
  const key = `${ratio} ${ink}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const side = Math.round(HATCH_PITCH * Math.SQRT2 * ratio);
  const tile = document.createElement("canvas");
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = ink;
  pen.lineWidth = 1.4 * ratio;
  pen.globalAlpha = 0.7;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift - 2, side + 2);
    pen.lineTo(shift + side + 2, -2);
  }
  pen.stroke();
  const made = context.createPattern(tile, "repeat");
  patterns.set(key, made);
  return made;
}
