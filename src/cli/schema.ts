// irqtwin schema

import { EXIT } from "../base/errors.js";
import { schemaOf, type RelationMeaning } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, table } from "./output.js";

/** The command `schema`. */
export const schemaCommand: Command = {
  name: "schema",
  json: "a view or table",
  operands: "NAME",
  summary: "every view and table for SQL: type, unit and meaning of each column",
  details: [
    "Without NAME all of them, the views first. The views (v_*) are stable; the tables under them may",
    "change with a version. --json prints one view or table a line.",
  ].join("\n"),
  options: {},
  examples: ["irqtwin schema v_irte", "irqtwin schema --json | jq -r .name"],
  run,
};

function run(args: Arguments): Promise<number> {
  const output = new Output();
  schemaOf(args.operands[0]).forEach((relation, i) => {
    if (args.flag("json")) output.json(relation);
    else output.lines(textOf(relation, i === 0));
  });
  output.flush();
  return Promise.resolve(EXIT.ok);
}

function textOf({ name, kind, row, columns }: RelationMeaning, isFirst: boolean): string[] {
  const cells = columns.map((column) => [column.name, column.type, column.unit, column.meaning]);
  return [
    ...(isFirst ? [] : [""]),
    `${name} (${kind}): one row is ${row}`,
    ...table(["column", "type", "unit", "meaning"], cells).map((line) => `  ${line}`),
  ];
}
