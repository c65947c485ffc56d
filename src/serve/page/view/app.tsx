// The places of the page. They are fixed: content never moves what one is looking at.

import { type JSX } from "preact";
import { isNothingToShow, timeline } from "../state/data.js";
import {
  inspectorOpen,
  inspectorWidth,
  gutterWidth,
  tabsHeight,
  tabsOpen,
} from "../state/places.js";
import { Dialogs } from "./dialogs.js";
import { Empty } from "./empty.js";
import { Header } from "./header.js";
import { Inspector } from "../inspector/inspector.js";
import { Minimap } from "./minimap.js";
import { Status } from "./status.js";
import { Tabs } from "../tabs/tabs.js";
import { Timeline } from "./timeline.js";

/** The whole page. */
export function App(): JSX.Element {
  const { value, error } = timeline.state.value;
  const places = {
    "--gutter": `${gutterWidth.value}px`,
    "--inspector": `${inspectorWidth.value}px`,
    "--tabs": `${tabsOpen.value ? tabsHeight.value : 37}px`,
  };
  return (
    <div class={`page ${inspectorOpen.value ? "with-inspector" : ""}`} style={places}>
      <a class="skip" href="#tab-panel" onClick={toFindings}>
        Skip to the findings
      </a>
      <Header />
      {isNothingToShow.value || (value === null && error !== null) ? (
        <Empty error={error} dropped={value?.recordings.length ?? 0} />
      ) : (
        <>
          <Minimap />
          <Timeline />
          <Inspector />
          <Tabs />
        </>
      )}
      <Status />
      <Dialogs />
    </div>
  );
}

function toFindings(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('[role="tab"][data-tab="findings"]')?.click();
  document.querySelector<HTMLElement>('[role="tab"][data-tab="findings"]')?.focus();
}
