// What an SQL editor is to the page.

/** What the editor's own script offers. */
export interface Editor {
  /** The text. */
  readonly text: () => string;
  /** Sets the text. */
  readonly set: (text: string) => void;
  /** Puts a text where the cursor is. */
  readonly insert: (text: string) => void;
  /** Takes it away. */
  readonly destroy: () => void;
}

/** What the editor's own script is given. */
export interface EditorOptions {
  /** Where it stands. */
  readonly parent: HTMLElement;
  /** Its first text. */
  readonly text: string;
  /** Columns by their relation, for completion. */
  readonly schema: Readonly<Record<string, readonly string[]>>;
  /** Ctrl and Enter. */
  readonly run: () => void;
  /** The text changed. */
  readonly changed: (text: string) => void;
}
