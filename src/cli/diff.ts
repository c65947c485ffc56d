// irqtwin diff

import { EXIT, TwinError } from "../base/errors.js";
import {
  OwnNames,
  WHEN_FORMS,
  spelled,
  type DiffDocument,
  type EntityDifference,
  type FieldDifference,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { SUBJECT_OPTIONS, subjectOf } from "./subject-options.js";
import { timeWithUnit } from "./clock.js";
import { withTimeline } from "./with-timeline.js";

/** The command `diff`. */
export const diffCommand: Command = {
  name: "diff",
  json: "document",
  operands: "WHEN WHEN...",
  summary: "what differs between two instants, field by field",
  details: `WHEN: ${WHEN_FORMS}.\nExit status 1: something differs; 4: nothing does that is known, but a moment lies in a gap.\n? is a value that is not known.`,
  options: SUBJECT_OPTIONS,
  examples: ["irqtwin diff @300 @310", "irqtwin diff -50ms end --irte 00:08.0/0 --json"],
  run,
};

async function run(args: Arguments): Promise<number> {
  const [from, to, more] = args.operands;
  if (from === undefined || to === undefined || more !== undefined)
    throw new TwinError("ERR_USAGE", `diff takes two WHENs: ${WHEN_FORMS}`);
  const filter = subjectOf(args);
  return withTimeline(args, (timeline, output) => {
    const document = timeline.recording(args.count("recording")).diff({ from, to, ...filter });
    if (args.flag("json")) output.json(document);
    else output.lines(textOf(document));
    if (document.differences.length > 0) return EXIT.found;
    return document.inconclusive ? EXIT.inconclusive : EXIT.ok;
  });
}

function textOf({
  from,
  to,
  clock_unit,
  differences,
  vm_names,
  inconclusive,
}: DiffDocument): string[] {
  const names = OwnNames.from(vm_names);
  return [
    `@${from.seq} (${timeWithUnit(clock_unit, from.time_ns)}) -> @${to.seq} (${timeWithUnit(clock_unit, to.time_ns)})`,
    ...(inconclusive ? ["a moment lies in a gap: what is unknown there may differ too"] : []),
    ...differences.flatMap((each) => [
      "",
      `${each.kind} ${names.shown(each.name)}${comingOf(each)}`,
      ...each.fields.map(
        (field) =>
          `    ${field.field} ${shown(field, "from", names)} -> ${shown(field, "to", names)}`,
      ),
    ]),
  ];
}

function comingOf({ there }: EntityDifference): string {
  if (there.from && there.to) return "";
  return there.to ? " (not seen before)" : " (not there any more)";
}

function shown(field: FieldDifference, side: "from" | "to", names: OwnNames): string {
  const value = field[side];
  if (field.unknown.includes(side)) return "?";
  if (value === null) return "-";
  return typeof value === "object"
    ? `[${value.join(" ")}]`
    : names.shown(spelled(field.field, value));
}
