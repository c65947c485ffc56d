// A finding judged by the rules of another kernel: would it have been one there?

import { computed, useSignalEffect } from "@preact/signals";
import { type JSX } from "preact";
import { Problem } from "./problem.js";
import { ask, pathOf } from "../data/client.js";
import { judgedText, type OtherReport } from "../pure/judged.js";
import { facts, finding, timeline } from "../state/data.js";
import { latest } from "../state/latest.js";
import { go, recordingId, url } from "../state/url.js";

/** The rules of the address; null = the recording's own. */
const chosen = computed(() => {
  const { judgeBy } = url.value;
  return judgeBy === facts.value?.rules ? null : judgeBy;
});

/** A finding can be judged by other rules. */
const isJudged = computed(() => finding.value !== null && finding.value.kind !== "contradiction");

const other = latest(({ id, rules }: { readonly id: number; readonly rules: string }, abort) =>
  ask<OtherReport>(pathOf(id, "findings", { rules }), abort),
);

function askOther(): void {
  const [id, rules] = [recordingId.value, chosen.value];
  other.ask(id === null || rules === null || !isJudged.value ? null : { id, rules });
}

/** The choice of rules, and what they say of the chosen finding. */
export function JudgeBy(): JSX.Element | null {
  const about = finding.value;
  useSignalEffect(askOther);
  const all = timeline.state.value.value?.rules ?? [];
  const own = facts.value?.rules ?? null;
  if (about === null || all.length === 0 || !isJudged.value) return null;
  const now = chosen.value ?? "";
  return (
    <section class="judge" aria-label="Judge by rules">
      <label class="section-head">
        <h3>Judge by rules</h3>
        <span class="grow" />
        <select
          class="input"
          aria-label="Judge by rules"
          value={now}
          onChange={({ currentTarget: { value } }) => go({ judgeBy: value === "" ? null : value })}
        >
          <option value="">{own === null ? "the recording's" : `${own}, the recording's`}</option>
          {all
            .filter((rules) => rules !== own)
            .map((rules) => (
              <option key={rules} value={rules}>
                {rules}
              </option>
            ))}
        </select>
      </label>
      {now !== "" && <Judged rules={now} />}
    </section>
  );
}

function Judged({ rules }: { readonly rules: string }): JSX.Element {
  const { value, error, busy } = other.state.value;
  const about = finding.value;
  if (error !== null) {
    return <Problem error={error} of={null} />;
  }
  if (busy || value === null || about === null) return <p class="quiet">judging by {rules} …</p>;
  return <p>{judgedText(about, value, rules)}</p>;
}
