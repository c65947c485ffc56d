// A brush that writes SVG instead of pixels.

import { type Brush } from "./surface.js";
import { type Colours } from "./theme.js";

interface State {
  readonly fillStyle: Brush["fillStyle"];
  readonly strokeStyle: Brush["strokeStyle"];
  readonly lineWidth: number;
  readonly globalAlpha: number;
  readonly font: string;
  readonly dash: string;
  readonly groups: number;
}

/** Collects what painters draw as SVG elements. */
export class SvgBrush implements Brush {
  fillStyle: Brush["fillStyle"] = "#000";
  strokeStyle: Brush["strokeStyle"] = "#000";
  lineWidth = 1;
  font = "10px sans-serif";
  globalAlpha = 1;
  private readonly parts: string[] = [];
  private readonly states: State[] = [];
  private dash = "";
  private path = "";
  private clips = 0;
  private groups = 0;

  fillRect(x: number, y: number, w: number, h: number): void {
    this.add(`<rect ${box(x, y, w, h)} fill="${ink(this.fillStyle)}"${this.alpha()}/>`);
  }

  strokeRect(x: number, y: number, w: number, h: number): void {
    this.add(`<rect ${box(x, y, w, h)} fill="none"${this.line()}/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const [, style = "normal", weight = "400", size = "10"] =
      /^(\w+) (\d+) ([\d.]+)px/.exec(this.font) ?? [];
    const type = `font-size="${size}" font-weight="${weight}" font-style="${style}"`;
    this.add(
      `<text x="${round(x)}" y="${round(y)}" ${type} fill="${ink(this.fillStyle)}">${escaped(text)}</text>`,
    );
  }

  measureText(text: string): Pick<TextMetrics, "width"> {
    const size = Number(/([\d.]+)px/.exec(this.font)?.[1] ?? 10);
    return { width: text.length * size * 0.55 };
  }

  beginPath(): void {
    this.path = "";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${round(x)} ${round(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `L${round(x)} ${round(y)}`;
  }

  arc(x: number, y: number, radius: number): void {
    this.path += `M${round(x - radius)} ${round(y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
  }

  fill(): void {
    this.add(`<path d="${this.path}" fill="${ink(this.fillStyle)}"${this.alpha()}/>`);
  }

  stroke(): void {
    this.add(`<path d="${this.path}" fill="none"${this.line()}/>`);
  }

  setLineDash(lengths: number[]): void {
    this.dash = lengths.join(" ");
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha, font, dash, groups } = this;
    this.states.push({ fillStyle, strokeStyle, lineWidth, globalAlpha, font, dash, groups });
  }

  restore(): void {
    const state = this.states.pop();
    if (state === undefined) return;
    for (; this.groups > state.groups; this.groups--) this.add("</g>");
    Object.assign(this, state);
  }

  clipTo(x: number, y: number, w: number, h: number): void {
    const id = `clip${++this.clips}`;
    this.add(
      `<clipPath id="${id}"><rect ${box(x, y, w, h)}/></clipPath><g clip-path="url(#${id})">`,
    );
    this.groups++;
  }

  hatch(x: number, y: number, w: number, h: number): void {
    this.add(`<rect ${box(x, y, w, h)} fill="url(#hatch)"/>`);
  }

  /** Puts what another brush drew at a place, cut to its size. */
  place(inner: SvgBrush, x: number, y: number, width: number, height: number): void {
    this.add(`<svg ${box(x, y, width, height)}>`);
    for (const part of inner.parts) this.add(part);
    this.add("</svg>");
  }

  /** The whole picture. Spaces in texts stay as they are. */
  document(width: number, height: number, colours: Colours): string {
    const hatch = `<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M3 0V6" stroke="${colours["hatch"] ?? "grey"}" stroke-width="1.4"/></pattern>`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" xml:space="preserve" white-space="pre">`,
      `<defs>${hatch}</defs>`,
      ...this.parts,
      "</svg>",
    ].join("\n");
  }

  private add(part: string): void {
    this.parts.push(part);
  }

  private alpha(): string {
    return this.globalAlpha === 1 ? "" : ` opacity="${this.globalAlpha}"`;
  }

  private line(): string {
    const dash = this.dash === "" ? "" : ` stroke-dasharray="${this.dash}"`;
    return ` stroke="${ink(this.strokeStyle)}" stroke-width="${round(this.lineWidth)}"${dash}${this.alpha()}`;
  }
}

function ink(style: Brush["fillStyle"]): string {
  return typeof style === "string" ? escaped(style) : "none";
}

function box(x: number, y: number, w: number, h: number): string {
  return `x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, w))}" height="${round(Math.max(0, h))}"`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Text as XML has it; control characters are none of XML's. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
