// What a request asks for in its query: each address has a table of parameters, and any other one is refused.

import { TwinError } from "../../base/errors.js";

/** What the value of a parameter is. */
export type ParameterType = "text" | "count" | "flag" | "list";

/** One parameter of an address. */
export interface Parameter {
  /** What its value is. */
  readonly type: ParameterType;
  /** What it does, in words. */
  readonly help: string;
  /** It must be given. Absent = it may be left out. */
  readonly must?: true;
  /** Another parameter of the table, of which this is a second name. Absent = it is one of its own. */
  readonly as?: string;
  /** The words that it can be. */
  readonly choices?: readonly string[];
}

/** The parameters of an address by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The values of a request's parameters. */
export class Query {
  private readonly values: ReadonlyMap<string, string>;

  /** Throws ERR_USAGE for a parameter that is not in the table, that stands twice, or that is missing. */
  constructor(search: URLSearchParams, table: Parameters) {
    const values = new Map<string, string>();
    for (const [name, value] of search) {
      const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
      if (parameter === undefined)
        throw usage(
          `there is no parameter ${quoted(name)}: there are ${Object.keys(table).join(", ") || "none"}`,
        );
      const meant = parameter.as ?? name;
      if (values.has(meant)) throw usage(`${meant} stands twice`);
      if (parameter.choices?.includes(value) === false)
        throw usage(`${name} is one of ${parameter.choices.join(", ")}, not ${quoted(value)}`);
      values.set(meant, value);
    }
    for (const [name, { must }] of Object.entries(table))
      if (must === true && !values.has(name)) throw usage(`${name} is missing`);
    this.values = values;
  }

  /** The value of a parameter; undefined = it was not given. */
  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /** The value of a parameter that must be given. */
  must(name: string): string {
    return this.values.get(name) ?? "";
  }

  /** A whole number from 0. */
  count(name: string): number | undefined {
    const text = this.values.get(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw usage(`${name} is a whole number, not ${quoted(text)}`);
    return Number(text);
  }

  /** `1` or `true`. */
  flag(name: string): boolean {
    const text = this.values.get(name);
    return text === "1" || text === "true";
  }

  /** Texts with commas between them. */
  list(name: string): readonly string[] {
    return (this.values.get(name) ?? "").split(",").filter((each) => each !== "");
  }

  /** The moment that is meant: a whole number is a time in units of the clock. */
  when(name: string): string | undefined {
    const text = this.values.get(name);
    return text !== undefined && /^\d+$/.test(text) ? `${text}ns` : text;
  }
}

function usage(message: string): TwinError {
  return new TwinError("ERR_USAGE", message);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
