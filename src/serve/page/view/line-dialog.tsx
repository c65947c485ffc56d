// A line of the trace as the file has it, with those around it.

import { type JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../inspector/problem.js";
import { copy } from "../state/copy.js";
import { traceLines, shownLine } from "../state/trace-lines.js";
import { recordingId } from "../state/url.js";
import { Dialog } from "./dialog.js";

/** The dialog with the line. */
export function LineDialog(): JSX.Element | null {
  const [id, line] = [recordingId.value, shownLine.value];
  useEffect(() => {
    traceLines.ask(id === null || line === null ? null : { id, line });
    // A line that is shown later does not begin with this one.
    return () => traceLines.ask(null);
  }, [id, line]);
  const { value, error } = traceLines.state.value;
  if (line === null) return null;
  const own = value?.lines.find((each) => each.line === line);
  return (
    <Dialog name={`Line ${line} of the trace`} wide>
      {error !== null && <Problem error={error} of={traceLines} />}
      {value?.problem != null && <p>The trace cannot be read here: {value.problem}.</p>}
      <div class="table-scroll twin" tabIndex={0}>
        <table class="fields trace-lines" aria-label="Lines of the trace">
          <tbody>
            {value?.lines.map(({ line: number, text }) => (
              <tr
                key={number}
                class={number === line ? "chosen" : ""}
                aria-current={number === line}
              >
                <th scope="row" class="mono">
                  {number}
                </th>
                <td class="mono">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {own !== undefined && (
        <p class="dialog-acts">
          <button class="button" onClick={() => void copy(own.text, `line ${line}`)}>
            Copy the line
          </button>
          <span class="grow" />
          <span class="quiet">{value?.file}</span>
        </p>
      )}
    </Dialog>
  );
}
