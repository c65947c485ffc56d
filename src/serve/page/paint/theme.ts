// The colours of the page as the canvas needs them, read from the style sheet.

import { signal } from "@preact/signals";
import { forced } from "./forced.js";

/** The names of colours that canvases use, as the style sheet has them without `--`. */
const NAMES = [
  ...["bg", "panel", "line", "line2", "control", "text", "text2", "text3", "accent", "accbg"],
  ...["bad", "badbg", "badline", "run", "run-text", "wait", "wait-edge", "wait-text"],
  ...["out", "out-edge", "out-text", "host", "host-edge", "host-text", "cpu-other", "density"],
  ...["count", "chip", "chip-text", "hatch", "part-1", "part-2", "part-3", "part-4", "part-5"],
  ...["fate-direct", "fate-wake", "fate-pending", "fate-pending-edge", "fate-software"],
  ...["fate-software-edge", "fate-host", "fate-none", "fate-blocked", "fate-misdirected"],
  ...["fate-misdirected-text", "fate-lost", "fate-lost-text", "fate-freed", "fate-freed-edge"],
  ...["fate-freed-text", "fate-storm", "fate-storm-edge", "fate-storm-text"],
] as const;

/** The colours by their names. */
export type Colours = Readonly<Record<string, string>>;

/** light or dark. */
export type ThemeName = "light" | "dark";

const KEY = "irqtwin.theme";

/** The theme that is shown. */
export const theme = signal<ThemeName>("light");

/** The colours of the theme. */
export const colours = signal<Colours>({});

/** The colours of the theme where the system forces no others: pictures that are saved have these. */
export const plainColours = signal<Colours>({});

/** The fonts of canvases. */
export const fonts = { sans: "sans-serif", mono: "monospace" };

/** Shows the theme that was chosen, or the one that the system prefers. */
export function startTheme(): void {
  const prefers = matchMedia("(prefers-color-scheme: dark)");
  const chosen = localStorage.getItem(KEY);
  apply(chosen === "light" || chosen === "dark" ? chosen : prefers.matches ? "dark" : "light");
  prefers.addEventListener("change", () => {
    if (localStorage.getItem(KEY) === null) apply(prefers.matches ? "dark" : "light");
  });
  matchMedia("(forced-colors: active)").addEventListener("change", () => {
    apply(theme.peek());
  });
}

/** Shows the other theme, and keeps the choice. */
export function switchTheme(): void {
  const next = theme.peek() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  apply(next);
}

function apply(name: ThemeName): void {
  document.documentElement.dataset["theme"] = name;
  const style = getComputedStyle(document.documentElement);
  const value = (token: string): string => style.getPropertyValue(`--${token}`).trim();
  const found = Object.fromEntries(NAMES.map((token) => [token, value(token)]));
  plainColours.value = found;
  colours.value = matchMedia("(forced-colors: active)").matches ? forced(found) : found;
  fonts.sans = value("sans");
  fonts.mono = value("mono");
  theme.value = name;
}
