// Nothing selected: one line a subject. What the event of T changed is bold.

import { type JSX } from "preact";
import { type AtDocument, type AtVcpu } from "../../../index.js";
import { type StateAnswer } from "../pure/answers.js";
import { isWarm } from "../pure/bars.js";
import { count } from "../pure/clock.js";
import { select, openFinding } from "../state/actions.js";
import { changed, isWithoutEvents, state } from "../state/data.js";
import { bars } from "../state/lanes.js";
import { t } from "../state/moments.js";
import { isWrongFate } from "../state/verdict.js";
import { type Subject } from "../pure/url-state.js";
import { runText } from "./reaches.js";

interface Line {
  /** What a click selects. */
  readonly subject: Subject;
  /** What it is called; absent = as the subject. */
  readonly name?: string;
  readonly text: string;
  readonly wrong: boolean;
}

/** In the place of a state that is not there yet, or never comes. */
export function NoState(): JSX.Element {
  return (
    <p class="quiet">
      {isWithoutEvents.value ? "This recording has no event, and no state." : "…"}
    </p>
  );
}

/** The state of everything, in short. */
export function Overview(): JSX.Element {
  const document = state.state.value.value;
  if (document === null) return <NoState />;
  const lines = linesOf(document);
  return (
    <>
      <Findings />
      <table class="fields overview" aria-label="State">
        <tbody>
          {lines.map((line) => (
            <OverviewRow key={nameOf(line)} line={line} />
          ))}
        </tbody>
      </table>
      {leftOut(document) > 0 && (
        <p class="quiet">
          {count(leftOut(document))} more VMs, vCPUs, irqfds and entries: select a lane, or go to
          one by its name.
        </p>
      )}
      {lines.length === 0 && <p class="quiet">No VM and no entry is in use at T.</p>}
      {document.inconclusive && <p class="quiet">? The answer depends on events that were lost.</p>}
    </>
  );
}

function nameOf({ name, subject }: Line): string {
  return name ?? subject.name;
}

/** The entries on a vCPU's ir_list; "" = there is none. */
function listText({ ir_list }: AtVcpu): string {
  if (ir_list === null) return ", ir_list unknown";
  return ir_list.length === 0 ? "" : `, ir_list ${ir_list.join(" ")}`;
}

/** How many VMs, vCPUs and entries the state has beyond those that came. */
function leftOut({ total, irtes, vcpus, irqfds, vms }: StateAnswer): number {
  if (total === undefined) return 0;
  const shown = irtes.length + vcpus.length + irqfds.length + vms.length;
  return total.irtes + total.vcpus + total.irqfds + total.vms - shown;
}

function OverviewRow({ line }: { readonly line: Line }): JSX.Element {
  const isChanged = (changed.state.value.value?.differences ?? []).some(
    ({ name }) => name === nameOf(line),
  );
  return (
    <tr class={isChanged ? "bold" : ""}>
      <th scope="row">
        <button class="link mono" onClick={() => select(line.subject)}>
          {nameOf(line)}
        </button>
      </th>
      <td class={line.wrong ? "bad" : ""}>
        {line.text}
        {isChanged && <span class="hidden"> changed</span>}
      </td>
    </tr>
  );
}

/** The findings whose spans T is in. */
function Findings(): JSX.Element {
  const moment = t.value;
  const here = bars.value.filter(
    ({ from, to }) => moment !== null && from <= moment.time && (to === null || moment.time <= to),
  );
  return (
    <ul class="here">
      {here.map(({ ids, first, sentence }) => {
        const subject = first.irte ?? first.vcpu;
        const glyph = isWarm(first) ? "✕" : "?";
        return (
          <li key={first.id}>
            <button class={isWarm(first) ? "link bad" : "link"} onClick={() => openFinding(first)}>
              {[glyph, ...ids, subject].filter((part) => part !== null).join(" ")}: {sentence}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function linesOf(document: AtDocument): readonly Line[] {
  return [
    ...document.vms
      .filter(({ destroyed }) => destroyed !== true)
      .map(({ vm, inhibits }) => ({
        subject: { kind: "vm", name: vm },
        text:
          inhibits === null
            ? "AVIC unknown"
            : inhibits.length === 0
              ? "AVIC not inhibited"
              : `AVIC inhibited ${inhibits.join(", ")}`,
        wrong: false,
      })),
    ...document.vcpus
      .filter(({ run_state }) => run_state !== "freed")
      .map((each) => ({
        subject: { kind: "vcpu", name: each.vcpu },
        text: `${runText(each)}${listText(each)}`,
        wrong: false,
      })),
    ...document.irqfds.map(({ vm_id, gsi, irte, route, state: is }) => ({
      subject:
        irte === null ? { kind: "vm", name: `vm${vm_id ?? "?"}` } : { kind: "irte", name: irte },
      name: `vm${vm_id ?? "?"}/gsi${gsi}`,
      text: `route ${route ?? "unknown"} → ${irte ?? "no entry"}, ${is ?? "unknown"}`,
      wrong: false,
    })),
    ...document.irtes
      .filter(({ mode }) => mode !== "free")
      .map(({ irte, mode, vcpu, destination, fate }) => {
        const target =
          mode === "posted"
            ? `→ ${vcpu ?? "?"}`
            : `${mode}${mode === "remapped" ? ` → APIC ${destination ?? "?"}` : ""}`;
        return {
          subject: { kind: "irte", name: irte },
          text: `${target}, ${fate}`,
          wrong: isWrongFate(fate),
        };
      }),
  ];
}
