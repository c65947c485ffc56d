// The dialogs: keys, a finding explained, the difference of A and B, the table of a lane, pictures, the clock's rate.

import { type JSX } from "preact";
import { useRef } from "preact/hooks";
import { CsvButton } from "../inspector/csv-button.js";
import { type ExplainedAnswer } from "../pure/answers.js";
import { EVENT_COLUMNS, eventRows } from "../state/event-table.js";
import { copy, copyMail, saveTable } from "../state/copy.js";
import { explanation, finding } from "../state/data.js";
import { KEYS } from "../state/keys.js";
import { keysText, type Keys } from "../state/key-tables.js";
import { bitKeys } from "../inspector/bits.js";
import { CHAIN_KEYS } from "../inspector/chain.js";
import { edgeKeys } from "../inspector/splitter.js";
import { EVENT_KEYS } from "../tabs/events.js";
import { FINDING_KEYS } from "../tabs/findings.js";
import { TAB_KEYS } from "../tabs/tabs.js";
import { OVERVIEW_KEYS } from "./minimap.js";
import { RULER_KEYS } from "./ruler.js";
import { dialog, hintSeen, keysOn, putHintAway, switchKeys } from "../state/places.js";
import { go, url } from "../state/url.js";
import { Moments } from "../tabs/compare.js";
import { Dialog } from "./dialog.js";
import { LineDialog } from "./line-dialog.js";
import { LANE_KEYS } from "./lane-keys.js";
import { Twin } from "./twin.js";
import { savePng, saveSvg } from "./pictures.js";

/** The dialog that is open, if one is. */
export function Dialogs(): JSX.Element {
  return (
    <>
      {dialog.value === "keys" && <KeyList />}
      {dialog.value === "explain" && <Explain />}
      {dialog.value === "diff" && (
        <Dialog name="Difference of A and B">
          <Moments />
        </Dialog>
      )}
      {dialog.value === "twin" && <Twin />}
      {dialog.value === "line" && <LineDialog />}
      {dialog.value === "rate" && <Rate />}
      {!hintSeen.value && dialog.value === null && finding.value !== null && <Hint />}
    </>
  );
}

/** The keys of single parts of the page, by where they act. */
const PLACES: readonly (readonly [place: string, keys: readonly Keys[]])[] = [
  ["On the lanes", LANE_KEYS],
  ["On the ruler", RULER_KEYS],
  ["On the overview", OVERVIEW_KEYS],
  ["In the cause chain", CHAIN_KEYS],
  ["On a field of the bits", bitKeys(() => undefined)],
  ["On the names of the tabs", TAB_KEYS],
  ["In Events", EVENT_KEYS],
  ["In Findings", FINDING_KEYS],
  ["On the edge of a part", edgeKeys(() => undefined)],
];

function KeyList(): JSX.Element {
  return (
    <Dialog name="Keys">
      <table class="fields keys" aria-label="Keys">
        <tbody>{KEYS.map(keyRow)}</tbody>
        {PLACES.map(([place, keys]) => (
          <tbody key={place}>
            <tr>
              <th scope="rowgroup" colSpan={2}>
                {place}
              </th>
            </tr>
            {keys.map(keyRow)}
          </tbody>
        ))}
      </table>
      <p class="quiet">
        A click on the lanes sets T; Alt does not snap to edges. A drag pans, Shift and a drag sets
        A and B, a double click frames an interval.
      </p>
      <p class="dialog-acts">
        <label>
          <input type="checkbox" checked={keysOn.value} onChange={switchKeys} /> keys are on
        </label>
        <span class="grow" />
        <button class="button" onClick={() => (hintSeen.value = false)}>
          Show the hints
        </button>
        <button class="button" onClick={saveSvg}>
          Lanes as SVG
        </button>
        <button class="button" onClick={() => void savePng()}>
          Lanes as PNG
        </button>
      </p>
    </Dialog>
  );
}

function keyRow(keys: Keys): JSX.Element {
  return (
    <tr key={keys.does}>
      <th scope="row" class="mono">
        {keysText(keys)}
      </th>
      <td>{keys.does}</td>
    </tr>
  );
}

function Explain(): JSX.Element {
  const answer = explanation.value;
  const text = answer?.text;
  const lines = text === undefined ? "" : typeof text === "string" ? text : text.join("\n");
  return (
    <Dialog name={`Explanation of ${finding.value?.id ?? "the finding"}`} wide>
      <pre class="mono explain" tabIndex={0}>
        {lines}
      </pre>
      <p class="dialog-acts">
        <button class="button" onClick={() => void copy(lines, "the explanation")}>
          Copy
        </button>
        <button class="button main" onClick={() => void copyMail()}>
          Copy as mail
        </button>
        <button
          class="button"
          onClick={() =>
            void copy(JSON.stringify(answer?.explanation ?? null, null, 2), "the JSON")
          }
        >
          Copy JSON
        </button>
        <span class="grow" />
        <CsvButton of="Cause chain" save={() => saveChain(answer)} />
      </p>
    </Dialog>
  );
}

/** Saves the events that prove the finding, with their lines of the trace. */
function saveChain(answer: ExplainedAnswer | null): void {
  if (answer === null) return;
  const { events } = answer.explanation;
  const lines = events.map(({ raw }) => raw);
  const rows = eventRows(events).map((row, place) => [...row, lines[place]]);
  saveTable(`${finding.peek()?.id ?? "finding"}.csv`, [[...EVENT_COLUMNS, "raw"], ...rows]);
}

function Rate(): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const ghz = Number(input.current?.value ?? "");
    if (!(ghz >= 0.000001 && ghz <= 1000)) return;
    const others = url.peek().others.filter(([key]) => key !== "hz");
    go({ others: [...others, ["hz", String(Math.round(ghz * 1e9))]] });
    // Only what closes a dialog gives the focus back.
    input.current?.closest("dialog")?.close();
  };
  return (
    <Dialog name="Ticks as seconds">
      <p>
        This recording counts ticks, and does not tell how many a second has. Give the rate of its
        counter; dmesg says it (“tsc: Detected 2596.992 MHz”). The link keeps it.
      </p>
      <form class="dialog-acts" onSubmit={submit}>
        <label>
          <input
            ref={input}
            class="input"
            aria-label="Rate in GHz"
            inputMode="decimal"
            placeholder="2.596"
          />{" "}
          GHz
        </label>
        <button class="button main">Show seconds</button>
      </form>
    </Dialog>
  );
}

function Hint(): JSX.Element {
  return (
    <aside class="hint" aria-label="Hints">
      <ol>
        <li>
          <b>Read</b> the orange bar: what is wrong, and for how long.
        </li>
        <li>
          <b>See why</b> at the right: ↑ ↓ in the chain walk its events, T follows.
        </li>
        <li>
          <b>Look at the bits</b>: drag T along the ruler, changed bits are bold.
        </li>
        <li>
          <b>Next</b> finding: <kbd>]</kbd>
        </li>
        <li>
          <b>Take it away</b>: Copy as mail, or Copy link.
        </li>
      </ol>
      <button class="button" onClick={putHintAway}>
        Got it
      </button>
    </aside>
  );
}
