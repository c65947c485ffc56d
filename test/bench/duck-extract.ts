// The SQL with which DuckDB reads ftrace text: one regular expression for the head of a line, one for
// each field that irqtwin reads. What it leaves out flatters it: who is who, causes, folds.

import { READERS } from "../../src/ftrace/vocabulary.js";

const HEAD = String.raw`^ *(.{1,16})-(\d+) +\[(\d+)\] (\S+) +(\d+)(?:\.(\d+))?: (\w+): (.*)$`;
const HEAD_PARTS = ["comm", "pid", "cpu", "flags", "whole", "fraction", "name", "body"];
const HEXADECIMAL = ["devid", "lo", "hi", "kvm", "vcpu", "entry", "ga_tag"];
const DECIMAL = [
  "index",
  "vm_id",
  "id",
  "cpu",
  "gsi",
  "host_irq",
  "irq",
  "set",
  "vector",
  "reason",
];

/** CREATE TABLE event AS: a row for each line of a name that irqtwin makes events of. */
export function extractSql(path: string): string {
  const names = Object.keys(READERS).map((name) => `'${name}'`);
  const parts = HEAD_PARTS.map((part) => `'${part}'`).join(", ");
  const fields = [
    ...HEXADECIMAL.map(
      (name) =>
        `try_cast(nullif(regexp_extract(body, '\\b${name}=(0x[0-9a-f]+)', 1), '') AS UBIGINT) AS f_${name}`,
    ),
    ...DECIMAL.map(
      (name) =>
        `try_cast(nullif(regexp_extract(body, '\\b${name}=(\\d+)', 1), '') AS BIGINT) AS f_${name}`,
    ),
  ];
  return `CREATE TABLE event AS
    SELECT row_number() OVER () AS seq, head.comm AS comm, head.pid::BIGINT AS pid, head.cpu::BIGINT AS cpu,
      head.whole::BIGINT * 1000000000 + coalesce(nullif(rpad(head.fraction, 9, '0'), '')::BIGINT, 0) AS time_ns,
      head.name AS name, ${fields.join(", ")}
    FROM (
      SELECT head, head.body AS body
      FROM (
        SELECT regexp_extract(line, '${HEAD}', [${parts}]) AS head
        FROM read_csv('${path}', columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false, auto_detect = false)
        WHERE line NOT LIKE '#%'
      )
      WHERE head.name IN (${names.join(", ")})
    )`;
}
