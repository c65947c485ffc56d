// The SQL editor, in a script of its own. The page adopts its style sheets, so that it needs no inline style.

import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql, SQLite } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Editor, type EditorOptions } from "./editor.js";

/** The colours are the page's tokens. */
const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--bg)", fontSize: "12px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px" },
  ".cm-content": { caretColor: "var(--text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accbg) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--bg)",
    color: "var(--text)",
    border: "1px solid var(--line2)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accbg)",
    color: "var(--text)",
  },
});

const INK = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--wait-text)" },
  { tag: tags.number, color: "var(--wait-text)" },
  { tag: tags.comment, color: "var(--text3)", fontStyle: "italic" },
]);

/**
 * Text over a selection goes straight into the document. Left to the browser, it would keep the look of what it
 * replaces by an inline style, which the page's rules refuse.
 */
function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { inputType, data, isComposing } = event;
  if (inputType !== "insertText" || data === null || isComposing) return false;
  if (view.state.selection.main.empty || /^["'`([{]$/.test(data)) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(data), {
    userEvent: "input.type",
    scrollIntoView: true,
  });
  return true;
}

/**
 * The document without its head. CodeMirror adds a style element to a head, which the page's rules refuse; where there is
 * none, the document adopts its style sheets. A shadow root would do the same, but Firefox finds no element of a shadow
 * root by its role and name over WebDriver BiDi.
 */
function headless(): Document {
  return new Proxy(document, {
    get: (target, key) => {
      if (key === "head") return null;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

/** Makes the editor. */
export function makeEditor({ parent, text, schema, run, changed }: EditorOptions): Editor {
  const host = document.createElement("div");
  host.className = "editor-host";
  parent.append(host);
  const runKey = {
    key: "Mod-Enter",
    run: () => {
      run();
      return true;
    },
  };
  const view = new EditorView({
    parent: host,
    root: headless(),
    state: EditorState.create({
      doc: text,
      extensions: [
        ...[Prec.highest(keymap.of([runKey])), history(), drawSelection(), bracketMatching()],
        ...[closeBrackets(), autocompletion({ icons: false }), LOOK, syntaxHighlighting(INK)],
        sql({
          dialect: SQLite,
          schema: schema as Record<string, string[]>,
          upperCaseKeywords: true,
        }),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.domEventHandlers({ beforeinput: replaceSelection }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "SQL" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  const replace = (from: number, to: number, insert: string): void => {
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
    view.focus();
  };
  return {
    text: () => view.state.doc.toString(),
    set: (next) => replace(0, view.state.doc.length, next),
    insert: (part) => replace(view.state.selection.main.from, view.state.selection.main.to, part),
    destroy: () => {
      view.destroy();
      host.remove();
    },
  };
}
