// The ruler and the lanes under it.

import { type JSX } from "preact";
import { Problem } from "../inspector/problem.js";
import { ownTimeZone } from "../pure/time-zone.js";
import { wallDay } from "../pure/wall.js";
import { clock, lanes, limits, rate } from "../state/data.js";
import { intervalsError, isSlow } from "../state/lanes.js";
import { orderError } from "../state/order.js";
import { dialog } from "../state/places.js";
import { copyUnitText, zoneText } from "../state/readout.js";
import { go, url } from "../state/url.js";
import { wall } from "../state/wall.js";
import { GutterEdge } from "../inspector/splitter.js";
import { Lanes } from "./lanes.js";
import { LaneTools } from "./lane-tools.js";
import { Ruler } from "./ruler.js";
import { Tooltip } from "./tooltip.js";

/** The timeline: times above, lanes below. */
export function Timeline(): JSX.Element {
  const error = intervalsError.value ?? lanes.state.value.error ?? orderError.value;
  return (
    <main class="timeline" aria-label="Timeline">
      <div class="timebar">
        <div class="timebar-corner">
          <Zone />
          <LaneTools />
        </div>
        <Ruler />
        <div class={`busy ${isSlow.value || lanes.state.value.busy ? "on" : ""}`} />
      </div>
      {error !== null && <Problem error={error} of={lanes} />}
      <p class="narrow-note quiet">The lanes need a wider window; the lists and tables work.</p>
      <Lanes />
      <GutterEdge />
      <Tooltip />
    </main>
  );
}

function Zone(): JSX.Element {
  const choose = (event: Event): void => {
    const { value } = event.currentTarget as HTMLSelectElement;
    if (value === "rate") dialog.value = "rate";
    else if (value === "ticks") {
      go({ others: url.peek().others.filter(([key]) => key !== "hz") });
    } else if (value.startsWith(IN_ZONE)) {
      const name = value.slice(IN_ZONE.length);
      go({ zone: "wall", timeZone: name === "UTC" ? null : name });
    } else go({ zone: value === "a" ? "a" : "trace" });
  };
  const isTicks = clock.value.unit === "ticks";
  return (
    <select
      class="zone"
      aria-label="Times"
      title={`${zoneText.value}: how times are shown`}
      value={
        url.value.zone === "wall" ? `${IN_ZONE}${url.value.timeZone ?? "UTC"}` : url.value.zone
      }
      onChange={choose}
    >
      <option value="trace">{isTicks && rate.value === null ? "ticks" : "trace clock, s"}</option>
      <option value="a">since A, {copyUnitText.value}</option>
      <WallOptions />
      {isTicks && <option value="rate">as seconds …</option>}
      {isTicks && rate.value !== null && <option value="ticks">in ticks</option>}
    </select>
  );
}

/** What begins the value of an option that tells the wall clock of a zone. */
const IN_ZONE = "in:";

/** The wall clock in UTC, in the browser's zone, and in that of the address. */
function WallOptions(): JSX.Element | null {
  const known = wall.value;
  if (known === null) return null;
  const zones = new Set(["UTC", ownTimeZone(), url.value.timeZone]);
  return (
    <>
      {[...zones].map(
        (zone) =>
          zone !== null && (
            <option key={zone} value={`${IN_ZONE}${zone}`}>
              {zone} {wallDay(limits.value?.start ?? 0n, { ...known, zone })}
            </option>
          ),
      )}
    </>
  );
}
