// What chooses lanes, left of the ruler: their order, and a filter that opens over the corner.

import { signal } from "@preact/signals";
import { type JSX } from "preact";
import { useRef } from "preact/hooks";
import { FOUND } from "../pure/layout.js";
import { ORDERS } from "../pure/url-state.js";
import { orderBy, ORDER_TEXT } from "../state/order.js";
import { go, url } from "../state/url.js";

/** The tools of the lanes. */
export function LaneTools(): JSX.Element {
  const filter = useRef<HTMLInputElement>(null);
  return (
    <>
      <span class="lane-tools">
        <Order />
        <button
          class="plain lane-tool"
          aria-label="Show the filter of lanes"
          title="Filter lanes (/)"
          onClick={() => filter.current?.focus()}
        >
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
            <path d="M1.5 2.5h11L8.4 7.4v4.1l-2.8-1.4V7.4z" class="line-icon" />
          </svg>
        </button>
      </span>
      <input
        ref={filter}
        class={`input lane-filter ${url.value.lanes.length > 0 ? "used" : ""}`}
        type="search"
        aria-label="Filter lanes"
        placeholder="Filter lanes: vm1, 08.0/0"
        value={filterText()}
        onInput={(event) => filterLanes(event.currentTarget.value)}
        onBlur={() => (typed.value = null)}
        onKeyDown={(event) => {
          if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
        }}
      />
    </>
  );
}

/** A list of choices behind an icon: the names of lanes need the room. */
function Order(): JSX.Element {
  const { order } = url.value;
  return (
    <span class={`plain lane-tool ${order === "number" ? "" : "used"}`}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        <path d="M4 1.5v11m-2.5-2.6L4 12.5l2.5-2.6M8 3h5M8 7h3.5M8 11h2" class="line-icon" />
      </svg>
      <select
        class="lane-order"
        aria-label="Order of lanes"
        title={`Lanes ${ORDER_TEXT[order]} (o)`}
        value={order}
        onChange={({ currentTarget: { value } }) =>
          orderBy(ORDERS.find((each) => each === value) ?? "number")
        }
      >
        {ORDERS.map((each) => (
          <option key={each} value={each}>
            {ORDER_TEXT[each]}
          </option>
        ))}
      </select>
    </span>
  );
}

/** What is being typed, with spaces and commas that mean nothing yet; null = the filter has not the focus. */
const typed = signal<string | null>(null);

function lanesOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}

/** What is typed as long as it means the address's filter. */
function filterText(): string {
  const own = url.value.lanes.join(", ");
  return typed.value !== null && lanesOf(typed.value).join(", ") === own ? typed.value : own;
}

function filterLanes(text: string): void {
  typed.value = text;
  const lanes = lanesOf(text);
  const folded = url.peek().folded.filter((id) => !id.startsWith(FOUND));
  go({ lanes, folded }, { replace: true });
}
