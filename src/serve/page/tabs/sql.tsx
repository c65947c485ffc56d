// SQL over the views. The editor is loaded with this tab; without it a plain field does the same.

import { signal } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, ApiError, errorLine, isAbort, request, send } from "../data/client.js";
import { type Recipe, type RelationMeaning } from "../../../index.js";
import { CsvButton } from "../inspector/csv-button.js";
import { type SqlAnswer } from "../pure/answers.js";
import { save } from "../state/copy.js";
import { nameOfRecording } from "../state/data.js";
import { latest } from "../state/latest.js";
import { say } from "../state/message.js";
import { go, recordingId, url } from "../state/url.js";
import { type Editor, type EditorOptions } from "../sql/editor.js";
import { Result } from "./sql-result.js";

/** The first query of a reader who has written none. */
const FIRST =
  "SELECT irte, cause, count(*) AS writes\nFROM v_irte GROUP BY irte, cause ORDER BY writes DESC";

const schema = latest((_: true, abort) => ask<readonly RelationMeaning[]>("/api/schema", abort));
const cookbook = latest((_: true, abort) => ask<readonly Recipe[]>("/api/cookbook", abort));

const text = signal("");
const answer = signal<SqlAnswer | null>(null);
const failure = signal<string | null>(null);
/** What was run last, and in which recording; null = nothing yet. */
const asked = signal<{ readonly sql: string; readonly id: number } | null>(null);
const running = signal<AbortController | null>(null);
/** What follows from a query is no step of the history. */
const AFTER = { replace: true } as const;

let editor: Editor | null = null;

/** The tab. */
export function Sql(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const relations = schema.state.value.value;
  const { query, result } = url.value;
  const id = recordingId.value;
  useEffect(() => {
    schema.ask(true);
    cookbook.ask(true);
    text.value = url.peek().query || text.peek() || FIRST;
  }, []);
  useEffect(() => follow(query, id), [query, result, id]);
  useEffect(() => {
    if (box.current === null || relations === null) return undefined;
    let isGone = false;
    void mount(box.current, relations).then(() => {
      if (isGone) editor?.destroy();
    });
    return () => {
      isGone = true;
      editor?.destroy();
      editor = null;
    };
  }, [relations]);
  return (
    <div class="sql">
      <div class="sql-left">
        <div class="sql-editor" ref={box} />
        <Tools />
        {failure.value !== null && (
          <p class="panel-error mono" role="alert" tabIndex={0}>
            {failure.value}
          </p>
        )}
      </div>
      <div class="sql-result">
        <Scope />
        {answer.value !== null && <Result answer={answer.value} />}
      </div>
      <Schema relations={relations ?? []} />
    </div>
  );
}

/** Which rows the query sees, and how all are asked. */
function Scope(): JSX.Element | null {
  const id = recordingId.value;
  if (id === null) return null;
  return (
    <p class="quiet sql-scope" aria-label="What the SQL sees">
      Rows of {nameOfRecording(id)} alone; <code>irqtwin query</code> sees all recordings.
    </p>
  );
}

/**
 * Shows what the address says. The query of a link that was made with a result is run: it only reads, and is bounded.
 * Where the address has none, it gets that of the result which is still there.
 */
function follow(query: string, id: number | null): void {
  const last = asked.peek();
  if (id === null || (last?.sql === query && last.id === id)) return;
  if (query === "" && last?.id === id) return keepQuery(last.sql);
  if (query === "") return forget();
  if (text.peek() !== query) editor?.set(query);
  text.value = query;
  if (url.peek().result !== null) void run();
}

function keepQuery(query: string): void {
  go({ query, result: answer.peek() === null ? null : (url.peek().result ?? "table") }, AFTER);
}

/** What another recording answered is no answer of this one. */
function forget(): void {
  running.peek()?.abort();
  running.value = null;
  asked.value = null;
  answer.value = null;
  failure.value = null;
}

async function mount(parent: HTMLElement, relations: readonly RelationMeaning[]): Promise<void> {
  const names = relations.map(({ name, columns }) => [name, columns.map((column) => column.name)]);
  const options: EditorOptions = {
    ...{ parent, text: text.peek(), schema: Object.fromEntries(names) as EditorOptions["schema"] },
    run: () => void run(),
    changed: (next) => {
      text.value = next;
    },
  };
  try {
    const loaded = await import("../sql/sql-tab.js");
    editor = loaded.makeEditor(options);
  } catch (error) {
    say(`The editor cannot be loaded: ${errorLine(error)}`);
    editor = plainEditor(options);
  }
}

/** A field without help, where the editor's script does not come. */
function plainEditor({ parent, text: first, run: start, changed }: EditorOptions): Editor {
  const area = document.createElement("textarea");
  area.className = "input mono plain-editor";
  area.setAttribute("aria-label", "SQL");
  area.value = first;
  area.addEventListener("input", () => changed(area.value));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) start();
  });
  parent.append(area);
  return {
    text: () => area.value,
    set: (next) => {
      area.value = next;
      changed(next);
    },
    insert: (part) => area.setRangeText(part, area.selectionStart, area.selectionEnd, "end"),
    destroy: () => area.remove(),
  };
}

function Tools(): JSX.Element {
  const recipes = cookbook.state.value.value ?? [];
  return (
    <div class="sql-tools">
      <button
        class="button main"
        aria-label="Run"
        disabled={running.value !== null}
        onClick={() => void run()}
      >
        Run <kbd data-key="Ctrl ⏎" />
      </button>
      <button
        class="button"
        disabled={running.value === null}
        onClick={() => running.peek()?.abort()}
      >
        Stop
      </button>
      <select
        class="input"
        aria-label="Cookbook"
        value=""
        onChange={(event) => {
          const recipe = recipes.find(({ id }) => id === event.currentTarget.value);
          event.currentTarget.value = "";
          if (recipe !== undefined) editor?.set(recipe.sql.trim());
        }}
      >
        <option value="">Cookbook …</option>
        {recipes.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
      <CsvButton of="Result" save={() => void saveCsv()} />
      {running.value !== null && <span class="quiet">running …</span>}
    </div>
  );
}

async function run(): Promise<void> {
  const [sql, id] = [text.peek(), recordingId.peek()];
  if (id === null) return;
  running.peek()?.abort();
  const own = new AbortController();
  running.value = own;
  asked.value = { sql, id };
  go({ query: sql, result: url.peek().result ?? "table" }, AFTER);
  try {
    const found = await send<SqlAnswer>("/api/sql", { sql, recording: id }, own.signal);
    if (running.peek() !== own) return;
    answer.value = found;
    failure.value = null;
  } catch (error) {
    if (running.peek() !== own) return;
    // What another query found is no answer to this one.
    answer.value = null;
    go({ result: null }, AFTER);
    failure.value = isAbort(error) ? "The query was stopped" : withPosition(error, sql);
  } finally {
    if (running.peek() === own) running.value = null;
  }
}

/** The message; where it names a word of the statement, that line with the word marked. */
function withPosition(error: unknown, sql: string): string {
  const message = errorLine(error);
  if (!(error instanceof ApiError)) return message;
  const word = /near "([^"]+)"|no such (?:column|table|function): (?:\w+\.)?(\w+)/.exec(message);
  const name = word?.[1] ?? word?.[2];
  const line = name === undefined ? undefined : sql.split("\n").find((each) => each.includes(name));
  if (name === undefined || line === undefined) return message;
  return `${message}\n${line}\n${" ".repeat(line.indexOf(name))}${"^".repeat(name.length)}`;
}

async function saveCsv(): Promise<void> {
  try {
    const response = await request("/api/sql?format=csv&spreadsheet=1", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ sql: text.peek(), recording: recordingId.peek() }),
    });
    save("result.csv", await response.blob());
  } catch (error) {
    failure.value = errorLine(error);
  }
}

function Schema({ relations }: { readonly relations: readonly RelationMeaning[] }): JSX.Element {
  return (
    <div class="sql-schema" tabIndex={0} role="region" aria-label="Schema">
      {relations.map((relation) => (
        <Relation key={relation.name} relation={relation} />
      ))}
    </div>
  );
}

/** Its columns are in the document only while it is open: a script that looks for a name has less to look through. */
function Relation({
  relation: { name, columns, row },
}: {
  readonly relation: RelationMeaning;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="mono" title={`one row is ${row}`}>
        {name}
      </summary>
      {isOpen && (
        <ul>
          {columns.map((column) => (
            <li key={column.name}>
              <button
                class="link mono"
                title={column.meaning}
                onClick={() => editor?.insert(column.name)}
              >
                {column.name}
              </button>{" "}
              <span class="faint">{[column.type, column.unit].filter(Boolean).join(", ")}</span>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
