// What the rules demand beside what was written, where a finding is about bits.

import { type JSX } from "preact";
import { type Finding } from "../../../index.js";
import { blame, explanation } from "../state/data.js";
import { segments, isReserved, valueOf, wordsOf } from "./bit-layout.js";
import { fieldText } from "../state/field-text.js";

function wordsIn(words: Finding["expected"]): ReturnType<typeof wordsOf> {
  return wordsOf(words?.hi ?? null, words?.lo ?? null);
}

/** Expected and observed words with the fields that differ; nothing where the finding is not about bits. */
export function ExpectedBits(): JSX.Element | null {
  const about = explanation.value?.explanation.finding ?? null;
  const layout = blame.state.value.value?.bits ?? [];
  if (about === null) return null;
  const [wanted, seen] = [wordsIn(about.expected), wordsIn(about.observed)];
  if (wanted === null && seen === null) return null;
  const differ = segments(layout)
    .filter(({ isNamed, field }) => isNamed && !isReserved(field))
    .map(({ field }) => field)
    .filter(
      (field) =>
        wanted !== null && seen !== null && valueOf(wanted, field) !== valueOf(seen, field),
    );
  const rules = explanation.value?.explanation.rules;
  return (
    <section aria-label="Expected and observed">
      <div class="section-head">
        <h3>Expected</h3>
        <span class="grow" />
        <span class="quiet">{rules === undefined ? "" : `by rules ${rules}`}</span>
      </div>
      <table class="fields">
        <tbody>
          <Words name="expected" words={about.expected} />
          <Words name="observed" words={about.observed} />
          {differ.map((field) => (
            <tr key={field.field} class="bold">
              <th scope="row">{field.field}</th>
              <td class="mono value">
                {wanted === null ? "" : fieldText(field.field, valueOf(wanted, field))}
              </td>
              <td class="mono bad">
                ≠ {seen === null ? "" : fieldText(field.field, valueOf(seen, field))}
              </td>
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Words({
  name,
  words,
}: {
  readonly name: string;
  readonly words: { readonly hi: string; readonly lo: string } | null;
}): JSX.Element {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="mono value" colSpan={3}>
        {words === null ? "no write" : `${words.hi} ${words.lo}`}
      </td>
    </tr>
  );
}
