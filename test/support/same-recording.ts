// What must be the same of a recording in two formats.

import { type TwinEvent } from "../../src/domain/events/event.js";
import { isRulesId, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { checked, readEvents, type Read } from "./events.js";

/** The rules that the name of a shipped recording begins with. */
export function rulesOf(name: string): RulesId {
  const [rules = ""] = name.split("-");
  if (!isRulesId(rules)) throw new Error(`${name} does not begin with rules`);
  return rules;
}

/** A text as it is read by these rules. */
export function readAs(text: string, rules: RulesId): Read {
  return readEvents(Buffer.from(text, "latin1"), rules);
}

/** All but the places of lines. `told`: what of an event both formats can tell; default: everything. */
export function contentOf(
  read: Read,
  told: (event: TwinEvent) => TwinEvent = (event) => event,
): Readonly<Record<string, unknown>> {
  const { events, returns, reasons, gaps, apics, vcpus } = read;
  const verdicts = [...checked(read).decided].map(([{ seq }, verdict]) => [seq, verdict]);
  const unplaced = events.map((event) => ({ ...told(event), line: 0 }));
  const ended = returns.map((each) => ({ ...each, line: 0 }));
  return { events: unplaced, ended, reasons, gaps, apics, vcpus, verdicts };
}

/** An event with its time in whole microseconds, where one of the formats has no more digits. */
export function inMicroseconds(event: TwinEvent): TwinEvent {
  return { ...event, rest: event.rest - (event.rest % 1000) };
}

/**
 * What a format without flags has of a recording. Only the flag of an interrupt, or a line of irqfd_wakeup(), tells that an
 * MSI is sent.
 */
export function withoutFlags(text: string): string {
  if (text.includes(" irqfd_wakeup: ")) return text;
  return text.replaceAll(/(\[\d{3}\]) \S{4,}(?= +\d)/g, "$1");
}
