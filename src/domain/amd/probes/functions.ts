// Which functions of the kernel a kind of event and a cause stand for: the probe table, read from the other side.

import { type Sees } from "../../platform/platform.js";
import { RULES, rulesOfRelease } from "../releases/releases.js";
import { knownAround, servedOn } from "./kernels.js";
import { PROBES, type Probe } from "./probes.js";

/** The functions whose lines become events of a kind, by their names in a release; `sees`: of the recording. */
export function functionsOfKind(
  kind: string,
  sees: Sees,
  release: string | null,
): readonly string[] {
  return functionsOf((probe) => probe.events.some((each) => each === kind), sees, release);
}

/** The functions that a cause stands for, by their names in a release. */
export function functionsOfCause(
  cause: string,
  sees: Sees,
  release: string | null,
): readonly string[] {
  return functionsOf((probe) => probe.causes.some((each) => each === cause), sees, release);
}

/** Where the recording has lines of some of the probes, the others do not count. */
function functionsOf(
  isMeant: (probe: Probe) => boolean,
  sees: Sees,
  release: string | null,
): readonly string[] {
  const meant = PROBES.filter(isMeant);
  const seen = meant.filter(({ name }) => sees(name));
  const names = (seen.length === 0 ? meant : seen).map((probe) => functionOn(probe, release));
  return [...new Set(names)].filter((name) => name !== null);
}

/** What the compiler puts behind the name of a function that it specialised. */
const CLONE = /\.(?:isra|constprop|part|cold)\b.*$/;

/** The function as the source of that release names it; null = it is no single function. */
function functionOn(probe: Probe, release: string | null): string | null {
  if (probe.type === "tracepoint") return printerOn(probe, release);
  const around = release === null ? null : knownAround(release);
  if (around === null) return probe.function;
  const served = servedOn(probe, around);
  return served.is === "symbol" ? served.symbol.replace(CLONE, "") : probe.function;
}

/** The function that prints a tracepoint there. */
function printerOn(
  { function: now, functionBefore }: Probe,
  release: string | null,
): string | null {
  const profile = release === null ? null : rulesOfRelease(release);
  const isBefore = profile !== null && RULES[profile].series === "before";
  return isBefore ? (functionBefore ?? now) : now;
}
