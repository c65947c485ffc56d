// How high lanes of each form are, and where what is drawn stands. Pixels of the style sheet.

import { type LaneFacts } from "../../../index.js";

/** What a lane of a form takes. */
export interface FormSize {
  /** Height of its row. */
  readonly height: number;
  /** The middle of what is drawn, below the top of the row. */
  readonly middle: number;
}

/** By form. The row of findings grows with the bars that lie over each other (layout.ts). */
export const FORM_SIZES: Readonly<Record<LaneFacts["form"], FormSize>> = {
  findings: { height: 28, middle: 14 },
  texts: { height: 18, middle: 9 },
  track: { height: 12, middle: 6 },
  flag: { height: 18, middle: 9 },
  activity: { height: 20, middle: 10 },
  entry: { height: 24, middle: 13 },
  stay: { height: 18, middle: 9 },
  fate: { height: 18, middle: 7 },
  moments: { height: 14, middle: 7 },
  counter: { height: 44, middle: 22 },
};

/** A fate of the selected subject is told louder. */
export const SELECTED_FATE: FormSize = { height: 24, middle: 11 };
