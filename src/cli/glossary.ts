// What the words of `log` mean: each kind of event, cause and rule, with the kernel function that it stands for, each fate
// and each verdict.

import {
  CAUSES,
  EVENT_KINDS,
  FATES,
  INTERRUPT_VERDICTS,
  TRANSITIONS,
  functionsOfCause,
  functionsOfKind,
} from "../index.js";
import { twoColumns } from "./two-columns.js";

const all = (): boolean => true;

/** The lines of a glossary, by the tables that the program itself goes by. */
export function glossary(): readonly string[] {
  return [
    "kinds of event, with the kernel function (of the newest release) that each line comes from:",
    ...twoColumns(
      Object.entries(EVENT_KINDS).map(([name, { meaning }]) => [
        name,
        [
          meaning,
          ...functionsOfKind(name, all, null)
            .filter((each) => !meaning.includes(`${each}(`))
            .map((each) => `${each}()`),
        ].join("; "),
      ]),
    ),
    "",
    "causes of an IRTE write (`<-`), with the kernel function that acts:",
    ...twoColumns(
      CAUSES.map((cause) => [
        cause,
        functionsOfCause(cause, all, null)
          .map((each) => `${each}()`)
          .join(", "),
      ]),
    ),
    "",
    "rules by which a write is allowed (`blame`, `check`), with the kernel function that has each:",
    ...twoColumns(TRANSITIONS.map(({ id, says, where }) => [id, `${says}; ${where}`])),
    "",
    "fates of an IRTE's interrupts (`--fate`, `at`): what would become of one that arrives now",
    "(in flight: a kernel function is at work, and the bits before or after its write may count):",
    ...twoColumns(Object.entries(FATES)),
    "",
    "verdicts about an interrupt that the recording shows (`--verdict`, `info`):",
    ...twoColumns(Object.entries(INTERRUPT_VERDICTS)),
  ];
}
