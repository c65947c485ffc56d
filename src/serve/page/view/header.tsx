// Which file, which verdict, and the ways through it.

import { type JSX } from "preact";
import { count } from "../pure/clock.js";
import { copyLink } from "../state/copy.js";
import { goTo, openFinding, openRecording, stepFinding } from "../state/actions.js";
import {
  facts,
  findings,
  gaps,
  isSoFar,
  listed,
  nameOfRecording,
  timeline,
} from "../state/data.js";
import { chooseFiles } from "../state/import.js";
import { dialog } from "../state/places.js";
import { typedTime } from "../state/readout.js";
import { isOtherFile } from "../state/start.js";
import { url } from "../state/url.js";
import { switchTheme, theme } from "../paint/theme.js";
import { type FindingsAnswer } from "../pure/answers.js";
import { isWarm, signOf } from "../pure/bars.js";

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
  const known = facts.value;
  if (known === null) return null;
  const events = known.last_seq === null ? 0 : known.last_seq - known.first_seq + 1;
  const lost = gaps.value.length;
  const parts = [
    // What is missing is told before all else: the last parts go where there is no room.
    lost === 0 ? null : `${count(lost)} ${lost === 1 ? "gap" : "gaps"}`,
    known.kernel === null ? "kernel not told" : `kernel ${known.kernel.split("+")[0] ?? ""}`,
    known.rules === null ? null : `rules ${known.rules}`,
    `${count(events)} events${lost === 0 ? ", no gaps" : ""}`,
  ];
  const told = parts.filter((part) => part !== null);
  const text = told.join(" · ");
  return (
    <p class="facts quiet" title={known.kernel === null ? text : `${known.kernel}: ${text}`}>
      {isOtherFile.value && <b class="bad">the link was made for another file · </b>}
      {told.map((part, place) => (
        <span key={part} class={place === 0 && lost > 0 ? "gaps" : ""}>
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

/** The sign of the worst finding. */
function worstSign(): string {
  const signs = listed.value.map(signOf);
  return signs.includes("✕") ? "✕" : (signs[0] ?? "");
}

interface VerdictText {
  readonly words: string;
  readonly kind: "warm" | "hatched" | "";
}

function verdictNow(): VerdictText {
  const { value: report, busy, error } = findings.state.value;
  if (report === null) return { words: error ?? (busy ? "judging …" : ""), kind: "" };
  const { words, kind } = verdictOf(report);
  // A verdict is one at the end only.
  return isSoFar.value ? { words: `so far: ${words}`, kind } : { words, kind };
}

function verdictOf(report: FindingsAnswer): VerdictText {
  const isSure = report.verdict !== "inconclusive";
  if (listed.value.length > 0 && isSure)
    return { words: findingsText(), kind: listed.value.some(isWarm) ? "warm" : "" };
  if (!isSure) {
    const words = `? inconclusive: ${report.reason ?? "not everything could be judged"}`;
    return { words, kind: "hatched" };
  }
  const { explained } = report.writes;
  const words = `No findings. ${count(explained)} writes explained, ${percent(report.decided)} decided.`;
  return { words, kind: "" };
}

/** `4 findings, 1 known bug: B6 · CVE-2026-23198`. */
function findingsText(): string {
  const { length } = listed.value;
  const bugs = [...new Set(listed.value.flatMap(({ bug }) => (bug === null ? [] : [bug])))];
  const all = `${length} ${length === 1 ? "finding" : "findings"}`;
  if (bugs.length === 0) return all;
  return `${all}, ${bugs.length} known ${bugs.length === 1 ? "bug" : "bugs"}: ${bugs.join(", ")}${cves()}`;
}

/** The numbers that the findings' titles name. */
function cves(): string {
  const all = listed.value.flatMap(({ title }) => title.match(/CVE-\d+-\d+/g) ?? []);
  return all.length === 0 ? "" : ` · ${[...new Set(all)].join(", ")}`;
}

function percent(share: number | null): string {
  if (share === null) return "nothing";
  return share === 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
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
