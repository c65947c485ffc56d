// Which file, which verdict, and the ways through it.

import { type JSX } from "preact";
import { copyLink } from "../state/copy.js";
import { goTo, openFinding, openRecording, stepFinding } from "../state/actions.js";
import { facts, gaps, listed, nameOfRecording, timeline } from "../state/data.js";
import { factsNow, verdictNow, worstSign } from "../state/headline.js";
import { chooseFiles } from "../state/import.js";
import { dialog } from "../state/places.js";
import { typedTime } from "../state/readout.js";
import { isOtherFile } from "../state/start.js";
import { url } from "../state/url.js";
import { switchTheme, theme } from "../paint/theme.js";

/** The top of the page. */
export function Header(): JSX.Element {
  return (
    <header class="header">
      <h1 class="brand">
        irq<b>twin</b>
      </h1>
      <Recording />
      <button
        class="button icon"
        aria-label="Import"
        title="Import traces: choose them, or drop them on the page"
        onClick={chooseFiles}
      >
        <span aria-hidden="true">+</span>
      </button>
      <Facts />
      <span class="grow" />
      <Verdict />
      <div class="steps" role="group" aria-label="Findings">
        <button class="plain" aria-label="Previous finding" onClick={() => stepFinding(-1)}>
          <span aria-hidden="true">‹ </span>
          <kbd data-key="[" />
        </button>
        <span aria-hidden="true">finding</span>
        <button class="plain" aria-label="Next finding" onClick={() => stepFinding(1)}>
          <kbd data-key="]" />
          <span aria-hidden="true"> ›</span>
        </button>
      </div>
      <GoTo />
      <button class="button" onClick={() => void copyLink()}>
        Copy link
      </button>
      <button
        class="button icon"
        aria-label="Theme"
        title={theme.value === "dark" ? "To the light theme" : "To the dark theme"}
        onClick={switchTheme}
      >
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" stroke-width="1.3" />
          <path d="M7 1.5a5.5 5.5 0 0 0 0 11z" fill="currentColor" />
        </svg>
      </button>
      <button class="button icon" aria-label="Keys" onClick={() => (dialog.value = "keys")}>
        ?
      </button>
    </header>
  );
}

function Recording(): JSX.Element {
  const all = timeline.state.value.value?.recordings ?? [];
  const recordings = all.filter(({ state }) => state !== "dropped");
  return (
    <select
      class="recording"
      aria-label="Recording"
      title={facts.value?.file ?? ""}
      value={String(url.value.recording ?? "")}
      onChange={(event) => openRecording(Number(event.currentTarget.value))}
    >
      {recordings.length === 0 && <option value="">no recording</option>}
      {recordings.map(({ id, superseded_by }) => (
        <option key={id} value={String(id)}>
          {nameOfRecording(id)}
          {superseded_by === null ? "" : " (corrected)"}
        </option>
      ))}
    </select>
  );
}

function Facts(): JSX.Element | null {
  const told = factsNow();
  if (told.length === 0) return null;
  const { kernel } = facts.value ?? {};
  const text = told.join(" · ");
  return (
    <p class="facts quiet" title={kernel == null ? text : `${kernel}: ${text}`}>
      {isOtherFile.value && <b class="bad">the link was made for another file · </b>}
      {told.map((part, place) => (
        <span key={part} class={place === 0 && gaps.value.length > 0 ? "gaps" : ""}>
          {place === 0 ? part : ` · ${part}`}
        </span>
      ))}
    </p>
  );
}

function Verdict(): JSX.Element {
  const { words, kind } = verdictNow();
  const first = listed.value[0];
  return (
    <div role="status" aria-label="Verdict" class="verdict-slot">
      {first === undefined ? (
        <span class={kind === "" ? "quiet" : `verdict ${kind}`}>{words}</span>
      ) : (
        <button class={`verdict ${kind}`} title={first.title} onClick={() => openFinding(first)}>
          {kind === "warm" && <span aria-hidden="true">{worstSign()}&ensp;</span>}
          {words}
        </button>
      )}
    </div>
  );
}

function GoTo(): JSX.Element {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).querySelector("input");
    if (input === null) return;
    void goTo(input.value, typedTime);
    input.select();
  };
  return (
    <form class="goto" role="search" onSubmit={submit}>
      <input
        class="input"
        type="search"
        aria-label="Go to"
        placeholder="Go to  g"
        title="A time, @SEQ, line:N, a finding such as F1, or a name"
        autocomplete="off"
        spellcheck={false}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </form>
  );
}
