// The ruler and the lanes under it.

import { type JSX } from "preact";
import { duration } from "../pure/clock.js";
import { wallDay } from "../pure/wall.js";
import { clock, lanes, limits, rate, view } from "../state/data.js";
import { intervalsError, isSlow } from "../state/lanes.js";
import { dialog } from "../state/places.js";
import { copyUnitText, zoneText } from "../state/readout.js";
import { go, url } from "../state/url.js";
import { wall } from "../state/wall.js";
import { GutterEdge } from "../inspector/splitter.js";
import { Lanes } from "./lanes.js";
import { Ruler } from "./ruler.js";

/** The timeline: times above, lanes below. */
export function Timeline(): JSX.Element {
  const error = intervalsError.value ?? lanes.state.value.error;
  return (
    <main class="timeline" aria-label="Timeline">
      <div class="timebar">
        <div class="timebar-corner">
          <Zone />
          <span class="quiet">{inView()}</span>
          <input
            class={`input lane-filter ${url.value.lanes.length > 0 ? "used" : ""}`}
            type="search"
            aria-label="Filter lanes"
            placeholder="Filter lanes: vm1, 08.0/0"
            value={url.value.lanes.join(", ")}
            onInput={filterLanes}
            onKeyDown={(event) => {
              if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
            }}
          />
        </div>
        <Ruler />
        <div class={`busy ${isSlow.value || lanes.state.value.busy ? "on" : ""}`} />
      </div>
      {error !== null && (
        <p class="panel-error" role="alert">
          {error}{" "}
          <button class="link" onClick={() => lanes.again()}>
            Retry
          </button>
        </p>
      )}
      <p class="narrow-note quiet">The lanes need a wider window; the lists and tables work.</p>
      <Lanes />
      <GutterEdge />
    </main>
  );
}

function filterLanes(event: Event): void {
  const { value } = event.currentTarget as HTMLInputElement;
  const lanes = value
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  go({ lanes }, { replace: true });
}

function inView(): string {
  const span = view.value;
  return span === null ? "" : `${duration(span.length, clock.value)} in view`;
}

function Zone(): JSX.Element {
  const choose = (event: Event): void => {
    const { value } = event.currentTarget as HTMLSelectElement;
    if (value === "rate") dialog.value = "rate";
    else if (value === "ticks") {
      go({ others: url.peek().others.filter(([key]) => key !== "hz") });
    } else go({ zone: value === "a" || value === "wall" ? value : "trace" });
  };
  const isTicks = clock.value.unit === "ticks";
  return (
    <select
      class="zone"
      aria-label="Times"
      title={`${zoneText.value}: how times are shown`}
      value={url.value.zone}
      onChange={choose}
    >
      <option value="trace">{isTicks && rate.value === null ? "ticks" : "trace clock, s"}</option>
      <option value="a">since A, {copyUnitText.value}</option>
      {wall.value !== null && (
        <option value="wall">UTC {wallDay(limits.value?.start ?? 0n, wall.value)}</option>
      )}
      {isTicks && <option value="rate">as seconds …</option>}
      {isTicks && rate.value !== null && <option value="ticks">in ticks</option>}
    </select>
  );
}
