// Addresses about the history.

import { type LogOptions } from "../../index.js";
import { csvOf, tableOf } from "../api/csv.js";
import { type Parameters, type Query } from "../api/parameters.js";
import {
  costly,
  json,
  recordingOf,
  through,
  type Answer,
  type Asked,
  type Route,
} from "../api/route.js";

/** What `log` is narrowed by, under its names and under those that the answers have. */
const FILTER: Parameters = {
  irte: { type: "text", help: "of this IRTE" },
  device: { type: "text", help: "of this device" },
  vcpu: { type: "text", help: "of this vCPU" },
  vm_id: { type: "count", help: "of this VM" },
  vm: { type: "count", as: "vm_id", help: "the same as vm_id" },
  irqfd: { type: "text", help: "of the irqfds of a GSI, vmN/gsiG" },
  gsi: { type: "count", help: "of this GSI" },
  host_irq: { type: "count", help: "of this host IRQ" },
  irq: { type: "count", as: "host_irq", help: "the same as host_irq" },
  task: { type: "text", help: "of this task: COMM, PID or COMM-PID" },
  kind: { type: "text", help: "of this kind; link: an IRTE joined or left an ir_list" },
  cause: { type: "text", help: "with this cause" },
  fate: { type: "text", help: "from which on an IRTE's interrupts have this fate" },
  verdict: { type: "text", help: "that show an interrupt first of which this is said, and why" },
  marker: { type: "text", help: "markers with this text in them" },
  since: { type: "text", help: "from this moment on" },
  until: { type: "text", help: "up to this moment" },
};

const CSV_COLUMNS = [
  ...(["seq", "time_ns", "cpu", "comm", "pid", "kind", "irte", "vcpu", "gsi", "host_irq"] as const),
  ...(["cause", "cause_seq", "line", "payload"] as const),
];

const LIMIT_DEFAULT = 200;
const LIMIT_MAX = 5000;

/** A page of events, of which others may be under way. */
const pageOf = costly(listedOf);

/** The same of lines of the trace. They wait at a gate of their own: to read a trace may take long. */
const searched = through("traces", listedOf);

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/r/:recording/events",
    summary: "events, oldest first: rows of the list that a filter leaves",
    parameters: {
      ...FILTER,
      grep: { type: "text", help: "of lines of the trace with this text in them, byte for byte" },
      offset: { type: "count", help: "the first row, from 0" },
      from_seq: { type: "count", help: "instead of offset: the first event" },
      around: { type: "count", help: "instead of offset: an event in the middle of the rows" },
      limit: {
        type: "count",
        help: `how many rows, up to ${LIMIT_MAX} (default: ${LIMIT_DEFAULT})`,
      },
      count: { type: "count", as: "limit", help: "the same as limit" },
      format: { type: "text", choices: ["json", "csv"], help: "json (default) or csv" },
    },
    answers:
      "events, total (rows of the whole list), offset (of the first row that is given); with grep also " +
      "lines (of the trace that have the text, those that are no event included)",
    run: (asked) => (asked.query.text("grep") === undefined ? pageOf : searched)(asked),
  },
];

async function listedOf(asked: Asked): Promise<Answer> {
  const { query, signal } = asked;
  const page = await recordingOf(asked).logPage({
    ...filterOf(query),
    grep: query.text("grep"),
    offset: query.count("offset"),
    fromSeq: query.count("from_seq"),
    around: query.count("around"),
    limit: Math.min(query.count("limit") ?? LIMIT_DEFAULT, LIMIT_MAX),
    signal,
  });
  if (query.text("format") !== "csv") return json(page);
  const content = csvOf(tableOf(CSV_COLUMNS, page.events));
  return { type: "text/csv", content, file: "events.csv" };
}

function filterOf(query: Query): LogOptions {
  return {
    irte: query.text("irte"),
    device: query.text("device"),
    vcpu: query.text("vcpu"),
    vm_id: query.count("vm_id"),
    irqfd: query.text("irqfd"),
    gsi: query.count("gsi"),
    host_irq: query.count("host_irq"),
    task: query.text("task"),
    kind: query.text("kind"),
    cause: query.text("cause"),
    fate: query.text("fate"),
    verdict: query.text("verdict"),
    marker: query.text("marker"),
    since: query.when("since"),
    until: query.when("until"),
  };
}

/** The addresses of events. */
export function eventRoutes(): readonly Route[] {
  return ROUTES;
}
