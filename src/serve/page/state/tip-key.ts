// The tooltip by key: what the focused lane, or the selected one, says at T.

import { subjectOf, type Row } from "../pure/layout.js";
import { formOf } from "../pure/kinds.js";
import { columnOf } from "../pure/pixels.js";
import { kinds, view } from "./data.js";
import { bars, rows } from "./lanes.js";
import { complain, say } from "./message.js";
import { t } from "./moments.js";
import { linesAt, showTip } from "./tip.js";
import { url } from "./url.js";

/** Shows it, and says its lines where screen readers hear them. */
export function showTipAtT(): void {
  const [moment, span] = [t.peek(), view.peek()];
  const canvas = document.querySelector(".lane-canvas");
  const box = canvas?.getBoundingClientRect();
  // A row that gets the focus is scrolled into sight before the page hears of it.
  const scrolled = canvas?.closest(".lanes")?.scrollTop ?? 0;
  const row = laneRow();
  if (moment === null) return complain("Set T first");
  if (row === null) return complain("Select a lane first");
  if (span === null || box === undefined) return;
  const scale = { width: box.width, length: Number(span.length) };
  const x = columnOf(Number(moment.time - span.start), scale);
  const top = row.stuck ? row.top : row.top - scrolled;
  const place = {
    x: box.left + Math.min(box.width, Math.max(0, x)),
    y: box.top + Math.min(box.height, Math.max(0, top + row.height)),
  };
  const bar =
    row.lane !== null && formOf(kinds.peek(), row.lane) === "findings"
      ? bars.peek().find(({ from, to }) => from <= moment.time && (to === null || to > moment.time))
      : undefined;
  say(linesAt(row, moment.time, bar ?? null).join("; "));
  showTip(place, row, moment.time, bar ?? null);
}

/** The row that has the focus, else the first of the selected subject. */
function laneRow(): Row | null {
  const focused = document.activeElement?.closest<HTMLElement>("[data-lane]")?.dataset["lane"];
  const name = url.peek().subject?.name;
  const all = rows.peek().filter(({ lane }) => lane !== null);
  return (
    all.find(({ id }) => id === focused) ??
    all.find(({ lane }) => lane !== null && subjectOf(lane) === name) ??
    null
  );
}
