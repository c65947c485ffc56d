// How states look: one row for each paint that the server's data names, by the form of its lane.

/** The form of a paint: a bar, a thin line, dots, a dashed box, a dotted line, a hatch, or nothing at all. */
export type Form = "bar" | "line" | "dots" | "dashed" | "hatch" | "nothing";

/** The pattern on a bar. */
export type Pattern = "vertical" | "diagonal" | "zigzag" | "dotted" | null;

/**
 * What tells a bar from others where the system forces its colours, and there are two of them: a second edge inside of the
 * first, a band at the bottom, crossing lines.
 */
export type Mark = "double" | "band" | "cross" | null;

/** How a state looks. Colours are names of the style sheet's tokens. */
export interface Paint {
  /** Its form. */
  readonly form: Form;
  /** Its height in CSS pixels; of a fate the share of the strip's height. */
  readonly height: number;
  /** Its fill. */
  readonly fill: string;
  /** Its edge; null = none, the fill is strong enough. */
  readonly edge: string | null;
  /** The colour of text on it. */
  readonly text: string;
  /** The pattern on it. */
  readonly pattern: Pattern;
  /** What is drawn on it where colours are forced. */
  readonly mark: Mark;
  /** What is drawn later lies over what is drawn before: wrong over unknown over right. */
  readonly layer: 0 | 1 | 2;
  /** The sign that stands for it besides its colour. */
  readonly glyph: string;
}

function bar(height: number, fill: string, more: Partial<Paint> = {}): Paint {
  return {
    ...{ form: "bar", height, fill, edge: null, text: `${fill}-text`, pattern: null },
    ...{ mark: null, layer: 0, glyph: "" },
    ...more,
  };
}

const HATCH: Paint = bar(16, "panel", {
  ...{ form: "hatch", edge: "hatch", text: "text2", layer: 1, glyph: "?" },
});
const RUN = bar(16, "run");
const WAIT = bar(16, "wait", { edge: "wait-edge", mark: "band" });
const OUT = bar(16, "out", { edge: "out-edge" });
const HOST = bar(13, "host", { edge: "host-edge", mark: "double" });
const DOTS = bar(1, "host-edge", { form: "dots", text: "text2" });
const NOTHING = bar(0, "host-edge", { form: "nothing", text: "text3" });
const STALE = bar(13, "badbg", { edge: "fate-misdirected", text: "bad", mark: "cross", layer: 2 });

type Paints = Readonly<Record<string, Paint | undefined>>;

/** Of lanes of a form; a form that is not here is drawn as entries are. */
export const PAINTS: Readonly<Record<string, Paints | undefined>> = {
  track: {
    ...{ run: bar(7, "run"), wait: { ...WAIT, height: 7 } },
    ...{ host: bar(7, "cpu-other", { mark: "double" }), out: NOTHING, none: NOTHING },
    unknown: { ...HATCH, height: 7 },
  },
  activity: {
    run: { ...RUN, height: 14 },
    wait: { ...WAIT, height: 12 },
    out: bar(1, "out-edge", { form: "line", text: "text2" }),
    none: NOTHING,
    unknown: { ...HATCH, height: 14 },
  },
  flag: {
    active: bar(2, "run", { form: "line", text: "none" }),
    inhibited: HOST,
    none: NOTHING,
    unknown: { ...HATCH, height: 13 },
  },
  stay: {
    host: HOST,
    out: { ...OUT, height: 13 },
    stale: STALE,
    none: NOTHING,
    unknown: { ...HATCH, height: 13 },
  },
  entry: { run: RUN, wait: WAIT, out: OUT, host: HOST, dots: DOTS, none: NOTHING, unknown: HATCH },
  fate: {
    direct: bar(1, "fate-direct", { text: "run-text", glyph: "▸" }),
    "wake-up": bar(1, "fate-wake", { text: "run-text", mark: "band", glyph: "◐" }),
    pending: bar(0.55, "fate-pending", {
      edge: "fate-pending-edge",
      text: "wait-text",
      glyph: "…",
    }),
    software: bar(0.55, "fate-software", {
      ...{ edge: "fate-software-edge", text: "host-text", pattern: "dotted", glyph: "▫" },
    }),
    "host handler": bar(0.55, "fate-host", { text: "bg", mark: "double", glyph: "▤" }),
    "no handler": bar(0.55, "fate-none", { form: "dashed", text: "text2", glyph: "∅" }),
    blocked: bar(1, "fate-blocked", { form: "dots", text: "text2", glyph: "⊘" }),
    misdirected: bar(1.2, "fate-misdirected", { layer: 2, mark: "cross", glyph: "⤳" }),
    "lost wake-up": bar(1.2, "fate-lost", { layer: 2, pattern: "vertical", glyph: "☾" }),
    "freed memory": bar(1.2, "fate-freed", {
      ...{ edge: "fate-freed-edge", layer: 2, pattern: "diagonal", glyph: "†" },
    }),
    storm: bar(1.2, "fate-storm", {
      edge: "fate-storm-edge",
      layer: 2,
      pattern: "zigzag",
      glyph: "≋",
    }),
    unknown: { ...HATCH, height: 1 },
  },
};

/** The paint of a state of a lane of a form. */
export function paintOf(form: string, name: string): Paint {
  const paints = PAINTS[form] ?? PAINTS["entry"];
  return paints?.[name] ?? paints?.["out"] ?? HATCH;
}
