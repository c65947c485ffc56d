// A vCPU or a VM at T.

import { type JSX } from "preact";
import { type AtVcpu, type AtVm } from "../../../index.js";
import { select } from "../state/actions.js";
import { changed, state } from "../state/data.js";
import { FieldTable } from "./field-table.js";
import { PlainState } from "./fields.js";
import { fieldText } from "../state/field-text.js";
import { runText } from "./reaches.js";

/** A vCPU's fields, and the entries on its ir_list. */
export function VcpuState({ vcpu }: { readonly vcpu: AtVcpu }): JSX.Element {
  const entries = (state.state.value.value?.irtes ?? []).filter((each) => each.vcpu === vcpu.vcpu);
  return (
    <>
      <p class="reaches">
        <span class="strong">{runText(vcpu)}</span>
        <span>AVIC {vcpu.avic_active === null ? "unknown" : vcpu.avic_active ? "on" : "off"}</span>
      </p>
      <Table name={vcpu.vcpu} document={vcpu} skip={["vcpu", "ir_list"]} />
      <NameList title="ir_list" names={vcpu.ir_list} />
      <NameList title="Entries that post to it" names={entries.map(({ irte }) => irte)} />
      <PlainState document={vcpu} />
    </>
  );
}

/** A VM's fields and its inhibits. */
export function VmState({ vm }: { readonly vm: AtVm }): JSX.Element {
  const document = state.state.value.value;
  const routes = (document?.irqfds ?? []).filter(({ vm_id }) => vm_id === vm.vm_id);
  return (
    <>
      <Table name={vm.vm} document={vm} skip={["vm"]} />
      <div class="section-head">
        <h3>Routes</h3>
      </div>
      <table class="fields">
        <tbody>
          {routes.map((irqfd) => (
            <tr key={irqfd.gsi}>
              <th scope="row">gsi {irqfd.gsi}</th>
              <td class="mono value">{irqfd.route ?? "–"}</td>
              <td class="mono">{irqfd.irte ?? "–"}</td>
              <td class="quiet">{irqfd.state ?? "unknown"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <PlainState document={vm} />
    </>
  );
}

function Table({
  name,
  document,
  skip,
}: {
  readonly name: string;
  readonly document: object;
  readonly skip: readonly string[];
}): JSX.Element {
  const difference = changed.state.value.value?.differences.find((each) => each.name === name);
  const rows = Object.entries(document)
    .filter(([field]) => !skip.includes(field))
    .map(([field, value]) => [field, fieldText(field, value)] as const);
  const isChanged = (field: string): boolean =>
    difference?.fields.some((each) => each.field === field) === true;
  return <FieldTable of={name} rows={rows} isChanged={isChanged} />;
}

/** Names of entries, each of which selects its own. */
export function NameList({
  title,
  names,
}: {
  readonly title: string;
  readonly names: readonly string[] | null;
}): JSX.Element {
  return (
    <section>
      <div class="section-head">
        <h3>{title}</h3>
        <span class="grow" />
        <span class="quiet">{names === null ? "unknown" : names.length}</span>
      </div>
      <ul class="names">
        {(names ?? []).map((name) => (
          <li key={name}>
            <button class="link mono" onClick={() => select({ kind: "irte", name })}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
