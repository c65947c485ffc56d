// The state at T of what is selected, and why it is so. The verdict stands first.

import { type JSX } from "preact";
import { Problem } from "./problem.js";
import { shortIrte, titleOf } from "../pure/names.js";
import { paintOf } from "../paint/paints.js";
import { finding, state } from "../state/data.js";
import { select } from "../state/actions.js";
import { copyMail } from "../state/copy.js";
import { at } from "../state/line.js";
import { dialog, inspectorOpen } from "../state/places.js";
import { irte, vcpu, verdict, vm } from "../state/verdict.js";
import { url } from "../state/url.js";
import { complain } from "../state/message.js";
import { timeText, timeUnitText } from "../state/readout.js";
import { t } from "../state/moments.js";
import { Bits } from "./bits.js";
import { Chain } from "./chain.js";
import { CpuState } from "./cpu.js";
import { Fields } from "./fields.js";
import { JudgeBy } from "./judge.js";
import { ExpectedBits } from "./expected.js";
import { NoState, Overview } from "./overview.js";
import { Reaches } from "./reaches.js";
import { InspectorEdge } from "./splitter.js";
import { VcpuState, VmState } from "./subjects.js";

/** The right side of the page. */
export function Inspector(): JSX.Element {
  const { subject } = url.value;
  const { error } = state.state.value;
  return (
    <aside class={`inspector ${inspectorOpen.value ? "open" : ""}`} aria-label="Inspector">
      <div class="inspector-scroll" tabIndex={0}>
        <Head />
        {error !== null && <Problem error={error} of={state} />}
        <Verdict />
        {subject === null ? <Overview /> : <Subject />}
        {finding.value !== null && <Chain />}
        <JudgeBy />
      </div>
      <Acts />
      <InspectorEdge />
    </aside>
  );
}

function Head(): JSX.Element {
  const { subject } = url.value;
  const moment = t.value;
  if (subject === null) {
    return (
      <div class="inspector-head">
        <h2>State at T</h2>
        <span class="quiet">
          {at.value}
          {moment === null ? "" : ` · ${timeText(moment.time, 3)} ${timeUnitText.value}`}
        </span>
      </div>
    );
  }
  const note = headNote();
  return (
    <div class="inspector-head">
      <h2 class="mono subject-name" aria-label={titleOf(subject)}>
        {shortIrte(titleOf(subject))}
      </h2>
      <span class="quiet note">{note}</span>
      <span class="grow" />
      <span class="quiet">{at.value === "" ? "" : `as of ${at.value}`}</span>
      <button
        class="plain close"
        aria-label="Select nothing"
        title="Select nothing"
        onClick={clear}
      >
        ×
      </button>
    </div>
  );
}

function clear(): void {
  select(null);
}

function headNote(): string {
  const entry = irte.value;
  if (entry === null) return "";
  const irq = entry.host_irq === null ? null : `host irq ${entry.host_irq}`;
  const gsi = entry.gsi === null ? "no gsi" : `gsi ${entry.gsi}`;
  return [irq, gsi].filter((part) => part !== null).join(" · ");
}

function Verdict(): JSX.Element | null {
  const said = verdict.value;
  if (said === null) return null;
  return (
    <div class={`verdict-card ${said.warm ? "warm" : "hatched"}`}>
      <p class="verdict-head">
        <span aria-hidden="true">
          {said.fate === null ? said.sign : paintOf("fate", said.fate).glyph}{" "}
        </span>
        {said.head}
      </p>
      <p>{said.text}</p>
    </div>
  );
}

function Subject(): JSX.Element {
  const kind = url.value.subject?.kind;
  const document = state.state.value.value;
  if (kind === "cpu") return <CpuState cpu={url.value.subject?.name ?? ""} />;
  if (kind === "irte" && irte.value !== null) {
    return (
      <>
        <Bits />
        <ExpectedBits />
        <Fields />
        <Reaches />
      </>
    );
  }
  if (kind === "vcpu" && vcpu.value !== null) return <VcpuState vcpu={vcpu.value} />;
  if (kind === "vm" && vm.value !== null) return <VmState vm={vm.value} />;
  // What is selected may just have been asked for.
  if (document === null || state.state.value.busy) return <NoState />;
  return (
    <p class="quiet">
      {url.value.subject?.name} is not seen until {at.value}.
    </p>
  );
}

function Acts(): JSX.Element {
  const needs = (act: () => void) => (): void => {
    if (finding.peek() === null) complain("Choose a finding first: ] goes to the next one");
    else act();
  };
  return (
    <div class="acts">
      <button class="button main" onClick={() => void copyMail()}>
        Copy as mail
      </button>
      <button class="button" aria-label="Explain" onClick={needs(() => (dialog.value = "explain"))}>
        Explain <kbd data-key="e" />
      </button>
      <button
        class="button"
        onClick={() => document.querySelector<HTMLElement>('[aria-label="Fields"]')?.focus()}
      >
        Blame
      </button>
      <button class="button" onClick={() => (dialog.value = "diff")}>
        Diff A to B
      </button>
    </div>
  );
}
