// What `irqtwin probes` prints: rows of the probe table as text and as JSON.

import { type Probe, type Served } from "../index.js";
import { table } from "./output.js";

const TEXT_COLUMNS = 100;

/** A probe, and what serves it on the kernel that is asked for; null = none is. */
export interface Row {
  /** The probe. */
  readonly probe: Probe;
  /** What serves it; null = no kernel was asked for. */
  readonly served: Served | null;
}

/** A row of `--json`. */
export function document({ probe, served }: Row): unknown {
  return {
    name: probe.name,
    type: probe.type,
    function: probe.function,
    file: probe.file,
    system: probe.system,
    ...(served === null ? {} : { served: served.is, symbol: symbolOf(served) }),
    symbols: probe.symbols.map(([since, symbol]) => ({ since, symbol })),
    definitions: probe.definitions.map(definitionDocument),
    level: probe.level,
    use: probe.use,
    shows: probe.shows,
    fields: probe.fields,
    text: probe.text,
    events: probe.events,
    causes: probe.causes,
    frames: probe.frames.map(frameDocument),
    ends: probe.ends,
    needed_by: probe.neededBy,
    unseen: probe.unseen,
    undecided: probe.undecided,
    facts: probe.facts,
    tells: probe.tells,
  };
}

function definitionDocument(definition: Probe["definitions"][number]): unknown {
  const { of: fn, needs, where, level, fields } = definition;
  return { of: fn ?? null, needs: needs ?? [], where: where ?? null, level: level ?? null, fields };
}

function frameDocument({ frame, cause, before, after, once }: Probe["frames"][number]): unknown {
  return { frame, cause, callers_before: before, callers_since: after, once };
}

function symbolOf(served: Served): string | null {
  return served.is === "symbol" ? served.symbol : null;
}

/** Probes that were asked for by their own names are told in full, all others as a table. */
export function text(rows: readonly Row[], names: readonly string[]): readonly string[] {
  const own = rows.filter(({ probe }) => names.includes(probe.name));
  if (own.length > 0 && own.length === rows.length) return own.flatMap(inFull);
  const used = rows.filter(({ probe }) => probe.use !== "none");
  const unused = rows.filter(({ probe }) => probe.use === "none");
  if (rows.length === 0) return ["no probe of that name is in the set"];
  return [
    ...(used.length === 0 ? [] : asTable(used)),
    ...(used.length === 0 || unused.length === 0 ? [] : [""]),
    ...(unused.length === 0
      ? []
      : ["recognised, and of no use for the state:", ...wrapped(unused.map(shortName))]),
  ];
}

/** What a probe is on: the kernel's symbol for it, or the function by its newest name. */
function placeOf({ probe, served }: Row): string {
  if (served === null) return probe.function ?? "";
  return served.is === "symbol" ? served.symbol : `(${served.is})`;
}

function shortName(row: Row): string {
  const { probe, served } = row;
  return served === null ? probe.name : `${probe.name}=${placeOf(row)}`;
}

function asTable(rows: readonly Row[]): readonly string[] {
  const place = rows.some(({ served }) => served !== null) ? "symbol" : "function";
  return table(
    [place, "probe", "is", "set", "fields", "event", "cause", "needed by"],
    rows.map((row) => [
      placeOf(row),
      row.probe.name,
      row.probe.type,
      row.probe.level,
      fieldsOf(row.probe),
      listed(row.probe.events),
      listed(row.probe.causes),
      listed(row.probe.neededBy),
    ]),
  );
}

function fieldsOf({ fields, text: format }: Probe): string | null {
  return fields.length > 0 ? fields.join(" ") : format === null ? null : "(its text)";
}

function listed(words: readonly string[]): string | null {
  return words.length === 0 ? null : words.join(", ");
}

/** Everything that the table says of one probe. */
function inFull(row: Row, at: number): readonly string[] {
  const { probe } = row;
  const facts: readonly (readonly [string, string | null])[] = [
    ["set", probe.level],
    ["symbol", row.served === null ? symbolsOf(probe) : placeOf(row)],
    ["fields", listed(probe.fields)],
    ["text", probe.text],
    ...probe.definitions.map(
      ({ fields, where }, i) => [i === 0 ? "fetches" : "or", fetchesOf(fields, where)] as const,
    ),
    ["event", listed(probe.events)],
    ["cause", listed(probe.causes)],
    ["helps show", listed(probe.facts)],
    ["needed by", listed(probe.neededBy)],
    ["open without", probe.undecided],
  ];
  const told = facts.filter(([, value]) => value !== null);
  const where = probe.function === null ? "" : `${probe.function}(), `;
  return [
    ...(at === 0 ? [] : [""]),
    `${probe.name}: ${probe.type}, ${where}${probe.file}`,
    `  ${probe.shows ?? "Its lines are recognised, and of no use for the state."}`,
    ...told.map(([name, value]) => `  ${name.padEnd(12)}  ${value ?? ""}`),
  ];
}

/** What a form of the definition fetches; the numbers are those of a kernel, and `capture` takes them from it. */
function fetchesOf(fields: readonly string[], where: string | undefined): string {
  const text = fields.length === 0 ? "nothing" : fields.join("; ");
  return where === undefined ? text : `${text} (where ${where})`;
}

/** How the symbol changed; null where it is the function's name on every known kernel. */
function symbolsOf({ symbols }: Probe): string | null {
  const changes = symbols.map(([since, symbol]) => `${symbol ?? "(absent)"} since ${since}`);
  return listed(changes);
}

function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > TEXT_COLUMNS) lines.push(`  ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
