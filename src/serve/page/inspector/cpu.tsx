// A host CPU at T: which vCPU runs there, since when and until when, and which entries post to it.

import { type JSX } from "preact";
import { duration } from "../pure/clock.js";
import { jump, laneOf, select } from "../state/actions.js";
import { cpuAtT, type CpuMoment } from "../state/cpu-at-t.js";
import { clock, laneById, state } from "../state/data.js";
import { timeText, timeUnitText } from "../state/readout.js";
import { FieldTable } from "./field-table.js";
import { PlainState } from "./fields.js";
import { Problem } from "./problem.js";
import { NameList } from "./subjects.js";

/** What runs on a CPU at T. */
export function CpuState({ cpu }: { readonly cpu: string }): JSX.Element {
  const { value, error } = cpuAtT.state.value;
  if (error !== null) return <Problem error={error} of={cpuAtT} />;
  if (value === null) return <p class="quiet">Asking …</p>;
  const rows = rowsOf(value);
  return (
    <>
      <p class="reaches">
        <Running says={value.says} />
      </p>
      <FieldTable
        of={`CPU ${cpu}`}
        rows={rows}
        instead={(field) => (field === "set by" ? <SetBy moment={value} /> : null)}
      />
      <Posting vcpu={value.says} />
      <PlainState document={{ cpu: Number(cpu), ...Object.fromEntries(rows) }} />
    </>
  );
}

function Running({ says }: Pick<CpuMoment, "says">): JSX.Element {
  if (says === null) return <span class="strong">no vCPU is known to run here</span>;
  if (!isVcpu(says)) return <span class="strong">{says}</span>;
  return (
    <>
      <button class="link strong" onClick={() => select({ kind: "vcpu", name: says })}>
        {says}
      </button>
      <span>runs here</span>
    </>
  );
}

function SetBy({ moment }: { readonly moment: CpuMoment }): JSX.Element {
  const { seq, from } = moment;
  if (seq === null || from === null) return <>no event</>;
  return (
    <button class="link mono" onClick={() => jump(seq, from)}>
      @{seq}
    </button>
  );
}

/** The entries that post to the vCPU that runs here, where the state at T is there whole. */
function Posting({ vcpu }: { readonly vcpu: string | null }): JSX.Element | null {
  const document = state.state.value.value;
  if (vcpu === null || !isVcpu(vcpu) || document === null || document.total !== undefined)
    return null;
  const entries = document.irtes.filter((each) => each.vcpu === vcpu);
  return (
    <NameList title={`Entries that post to ${vcpu}`} names={entries.map(({ irte }) => irte)} />
  );
}

/** Is it the name of a vCPU that has a lane? */
function isVcpu(name: string): boolean {
  return laneById.value.has(laneOf({ kind: "vcpu", name }));
}

function rowsOf({
  says,
  from,
  to,
  seq,
  source,
}: CpuMoment): readonly (readonly [string, string])[] {
  if (says === null || from === null) return [["runs", "none that is known"]];
  const end = to === null ? "the end of the recording" : `${timeText(to)} ${timeUnitText.value}`;
  return [
    ["runs", says],
    ["since", `${timeText(from)} ${timeUnitText.value}`],
    ["until", end],
    ...(to === null ? [] : [["for", duration(to - from, clock.value)] as const]),
    ["set by", seq === null ? "no event" : `@${seq}`],
    ["source", source],
  ];
}
