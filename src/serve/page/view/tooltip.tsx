// The tooltip of the lanes. It has no parts that can be used.

import { type JSX } from "preact";
import { tip } from "../state/tip.js";

/** The tooltip. */
export function Tooltip(): JSX.Element | null {
  const shown = tip.value;
  if (shown === null) return null;
  const left = Math.min(shown.x + 14, innerWidth - 340);
  const place =
    shown.y > innerHeight - 140
      ? { left: `${left}px`, bottom: `${innerHeight - shown.y + 12}px` }
      : { left: `${left}px`, top: `${shown.y + 16}px` };
  return (
    <div class="tooltip" role="tooltip" style={place}>
      {shown.lines.map((line, index) => (
        <p key={index} class={index === 0 ? "tip-head" : ""}>
          {line}
        </p>
      ))}
    </div>
  );
}
