// The lists below the lanes.

import { type ComponentType, type JSX } from "preact";
import { isWarm } from "../pure/bars.js";
import { TABS, type Tab } from "../pure/url-state.js";
import { listed } from "../state/data.js";
import { bound, type Keys } from "../state/key-tables.js";
import { openTab } from "../state/keys.js";
import { onlyInView, tabsOpen, toggleTabs } from "../state/places.js";
import { go, url } from "../state/url.js";
import { CsvButton } from "../inspector/csv-button.js";
import { TabsEdge } from "../inspector/splitter.js";
import { Audit, saveCsv as saveAudit } from "./audit.js";
import { Compare } from "./compare.js";
import { Events, matchText, saveCsv as saveEvents } from "./events.js";
import { Findings, saveCsv as saveFindings } from "./findings.js";
import { Sql } from "./sql.js";
import { Typed } from "./typed.js";

const NAMES: Readonly<Record<Tab, string>> = {
  ...{ events: "Events", findings: "Findings", audit: "Audit", compare: "Compare", sql: "SQL" },
};

const PANELS: Readonly<Record<Tab, ComponentType>> = {
  ...{ events: Events, findings: Findings, audit: Audit, compare: Compare, sql: Sql },
};

/** How the table of a tab is saved; tabs that are not named have a button of their own. */
const SAVES: Partial<Record<Tab, () => void>> = {
  ...{ events: saveEvents, findings: saveFindings, audit: saveAudit },
};

/** The tabs and the panel of the open one. */
export function Tabs(): JSX.Element {
  const { tab } = url.value;
  const Panel = PANELS[tab];
  return (
    <section class="tabs" aria-label="Lists">
      <TabsEdge />
      <div class="tab-bar">
        <div role="tablist" aria-label="Views" onKeyDown={keys}>
          {TABS.map((each) => (
            <button
              key={each}
              role="tab"
              id={`tab-${each}`}
              data-tab={each}
              aria-selected={each === tab}
              aria-controls="tab-panel"
              tabIndex={each === tab ? 0 : -1}
              onClick={() => openTab(each)}
            >
              {NAMES[each]}
              {each === "findings" && listed.value.length > 0 && (
                <span class={`badge ${listed.value.some(isWarm) ? "" : "calm"}`} aria-hidden="true">
                  {listed.value.length}
                </span>
              )}
            </button>
          ))}
        </div>
        <span class="grow" />
        <Tools tab={tab} />
        <button
          class="plain fold-tabs"
          aria-label={tabsOpen.value ? "Fold the lists" : "Unfold the lists"}
          aria-expanded={tabsOpen.value}
          onClick={toggleTabs}
        >
          {tabsOpen.value ? "▾" : "▴"}
        </button>
      </div>
      <div
        role="tabpanel"
        id="tab-panel"
        class="tab-panel"
        aria-labelledby={`tab-${tab}`}
        hidden={!tabsOpen.value}
        tabIndex={tab === "compare" || tab === "audit" ? 0 : -1}
      >
        {tabsOpen.value && <Panel />}
      </div>
    </section>
  );
}

function Tools({ tab }: { readonly tab: Tab }): JSX.Element | null {
  if (tab === "sql" || tab === "compare") return null;
  return (
    <>
      <div class="switch" role="radiogroup" aria-label="Rows">
        {[true, false].map((each) => (
          <button
            key={String(each)}
            role="radio"
            aria-checked={onlyInView.value === each}
            class="plain"
            onClick={() => go({ rows: each ? "view" : "all" })}
          >
            {each ? "in view" : "all"}
          </button>
        ))}
      </div>
      {tab === "events" && <Grep />}
      {tab !== "audit" && (
        <label class="filter">
          <span class="quiet filter-name">Filter</span>
          <Typed
            name="Filter"
            class="input tab-filter"
            placeholder={tab === "events" ? "task=… kind=… irte=…" : "filter  /"}
            value={url.value.query}
            take={(query) => go({ query }, { replace: true })}
          />
        </label>
      )}
      <Save tab={tab} />
    </>
  );
}

function Save({ tab }: { readonly tab: Tab }): JSX.Element | null {
  const save = SAVES[tab];
  if (save === undefined) return null;
  return <CsvButton of={NAMES[tab]} save={save} />;
}

/** What the lines of the trace must say: the events whose lines have the text. */
function Grep(): JSX.Element {
  return (
    <label class="filter grep" title="Only events whose line of the trace has this text in it">
      <span class="quiet">{matchText.value}</span>
      <Typed
        name="Grep"
        class="input"
        placeholder="grep the trace's lines"
        value={url.value.grep}
        take={(grep) => go({ grep }, { replace: true })}
      />
    </label>
  );
}

/** The keys of the tabs' names. */
export const TAB_KEYS: readonly Keys[] = [
  { does: "tab before, behind", acts: { ArrowLeft: () => step(-1), ArrowRight: () => step(1) } },
];

const keys = bound(TAB_KEYS);

function step(by: 1 | -1): void {
  const place = TABS.indexOf(url.peek().tab);
  const next = TABS[(place + by + TABS.length) % TABS.length] ?? "findings";
  openTab(next);
  document.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
}
