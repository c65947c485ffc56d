// How text is shown: how wide, and in which colours. Pipes and files get all of it, without colours.

/** What a colour says of a line. */
export type Role = "plain" | "bad" | "doubtful" | "quoted";

/** When colours are used. */
export const COLOR_MODES = ["auto", "always", "never"] as const;
/** One of COLOR_MODES. */
export type ColorMode = (typeof COLOR_MODES)[number];

const SGR: Readonly<Record<Role, string | null>> = {
  plain: null,
  bad: "31",
  doubtful: "33",
  quoted: "36",
};

const NARROWEST = 20;
const WIDTH_DEFAULT = 80;

/** What the terminal is, and what was asked for. One for the process: it has one standard output. */
export class Display {
  private mode: ColorMode = "auto";
  private readonly isTerminal: boolean;
  /** Columns of the terminal; null = lines are not cut. */
  readonly columns: number | null;
  /** Was a line cut? */
  hasCut = false;

  /** `columns`: of the terminal; undefined = standard output is none. */
  constructor(isTerminal: boolean, columns: number | undefined) {
    this.isTerminal = isTerminal;
    this.columns = isTerminal ? Math.max(NARROWEST, columns ?? WIDTH_DEFAULT) : null;
  }

  /** Takes what --color says. */
  use(mode: ColorMode): void {
    this.mode = mode;
  }

  /** A line in the colour of its role, cut at the terminal's edge; `>` = it goes on. */
  shown(text: string, role: Role, isWhole: boolean): string {
    return this.painted(isWhole ? text : this.cut(text), role);
  }

  private cut(text: string): string {
    const { columns } = this;
    if (columns === null || text.length <= columns) return text;
    this.hasCut = true;
    return `${text.slice(0, columns - 1)}>`;
  }

  private painted(text: string, role: Role): string {
    const code = SGR[role];
    return code === null || text === "" || !this.hasColor ? text : `\x1b[${code}m${text}\x1b[0m`;
  }

  /** https://no-color.org: any NO_COLOR that is not empty. */
  private get hasColor(): boolean {
    if (this.mode !== "auto") return this.mode === "always";
    const { NO_COLOR, TERM } = process.env;
    return this.isTerminal && (NO_COLOR ?? "") === "" && TERM !== "dumb";
  }
}

/** The display of this process. */
export const display = new Display(process.stdout.isTTY, process.stdout.columns);
