// Whom the selected entry reaches: its vCPU, that one's run state, AVIC, and the ir_list that it is on.

import { type JSX } from "preact";
import { type AtIrte, type AtVcpu } from "../../../index.js";
import { select } from "../state/actions.js";
import { state } from "../state/data.js";
import { irte, isWrongAtT, vcpu, vm } from "../state/verdict.js";

/** One line of facts. */
export function Reaches(): JSX.Element | null {
  const entry = irte.value;
  if (entry === null) return null;
  return (
    <section aria-label="Reaches">
      <div class="section-head">
        <h3>Reaches</h3>
        <span class="grow" />
        <span class="quiet">{entry.source}</span>
      </div>
      <p class="reaches">
        <Target entry={entry} />
        <Fate entry={entry} />
        <Lists entry={entry} />
      </p>
    </section>
  );
}

function Target({ entry }: { readonly entry: AtIrte }): JSX.Element {
  if (entry.mode === "remapped") return <span>APIC {entry.destination ?? "?"}, host vector</span>;
  const target = vcpu.value;
  if (entry.vcpu === null || target === null) return <span class="quiet">no vCPU</span>;
  return (
    <>
      <button
        class="link strong"
        title={entry.vcpu_by === null ? "" : `known by ${entry.vcpu_by}`}
        onClick={() => select({ kind: "vcpu", name: target.vcpu })}
      >
        {target.vcpu}
      </button>
      <span>{runText(target)}</span>
      <span>AVIC {avicText(target)}</span>
    </>
  );
}

/** `running on CPU 2`, `blocking`, `out`. */
export function runText({ run_state, pcpu }: AtVcpu): string {
  if (run_state === "running") return `running on CPU ${pcpu ?? "?"}`;
  return pcpu === null ? run_state : `${run_state}, loaded on CPU ${pcpu}`;
}

function avicText({ avic_active }: AtVcpu): string {
  if (avic_active === null) return "unknown";
  if (avic_active) return "on";
  const inhibits = vm.value?.inhibits ?? [];
  return inhibits.length === 0 ? "off" : `inhibited: ${inhibits.join(", ")}`;
}

function Fate({ entry }: { readonly entry: AtIrte }): JSX.Element {
  return (
    <span class={isWrongAtT.value ? "bad strong" : ""}>
      {entry.fate}
      {entry.in_flight === true && <span class="quiet"> (in flight)</span>}
      {entry.in_flight === null && entry.fate !== "unknown" && (
        <span class="quiet"> (perhaps in flight)</span>
      )}
    </span>
  );
}

function Lists({ entry }: { readonly entry: AtIrte }): JSX.Element | null {
  const document = state.state.value.value;
  const holders = (document?.vcpus ?? []).filter(({ ir_list }) => ir_list?.includes(entry.irte));
  const irqfd = document?.irqfds.find((each) => each.irte === entry.irte);
  const stale = holders.length > 0 && (irqfd === undefined || irqfd.state === "deassigned");
  if (holders.length === 0) return null;
  return (
    <span class={stale ? "bad strong" : ""}>
      ir_list of {holders.map(({ vcpu: name }) => name).join(", ")}
      {irqfd === undefined
        ? ", no irqfd"
        : `: gsi ${irqfd.gsi}${irqfd.state === "deassigned" ? ", deassigned" : ""}`}
    </span>
  );
}
