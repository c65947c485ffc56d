// Gives every method and every option what no compiler would let through, and prints what is thrown that is no TwinError,
// or that calls itself a defect: `node nonsense.mjs TRACE FOLDER`.

import { join } from "node:path";
import * as irqtwin from "irqtwin";

const { openTimeline, TwinError } = irqtwin;
const [trace, folder] = process.argv.slice(2);
const irte = "0000:00:08.0/0";

function fails() {
  throw new Error("of the caller");
}

const NONSENSE = [
  ...[undefined, null, -1, 1.5, NaN, "", "x", "\0", true, 10n, Symbol("x"), fails],
  ...[{}, [], [5], [null], [{}], { seq: "x" }, new Date(0)],
];
/** What a question needs besides the option that is nonsense. */
const NEEDS = {
  ...{ irteAt: { irte }, blame: { irte }, irteBits: { irte }, irteBitsAsync: { irte } },
  ...{ changesAt: { seq: 1 }, explainWindow: { irte, seq: 300 }, traceLines: { line: 1 } },
  ...{ first: { tests: ["mode=posted"], irte }, laneIntervals: { lanes: ["findings"] } },
  ...{ laneStep: { lane: "findings", seq: 1 } },
};
/** What stands before the options. */
const BEFORE = {
  import: [trace],
  query: ["SELECT 1", []],
  queryPages: ["SELECT 1", []],
  recipe: ["posting"],
  drop: [999],
  explain: ["F1"],
  explainQuoted: ["F1"],
};
/** They take no nonsense: they end the timeline, or do the same as an import in each call. */
const LEFT_OUT = ["constructor", "close", "rebuild", "live", "batches"];

/** An import takes long, and each query a process, so they get one of so many values for each option. */
const ONE_OF = {
  "new import": 2,
  "timeline.query": 2,
  "timeline.queryPages": 4,
  "timeline.recipe": 4,
};

let files = 0;
const newFile = () => join(folder, `${++files}.db`);

/** What is thrown by a call or by what it gives; null = nothing that should not be. */
async function faultOf(call) {
  try {
    const answer = await call();
    if (typeof answer?.[Symbol.asyncIterator] === "function") await firstOf(answer);
    else if (typeof answer === "object" && answer?.[Symbol.iterator]) Array.from(answer);
    if (answer instanceof irqtwin.Timeline) answer.close();
    return null;
  } catch (error) {
    const isFault = !(error instanceof TwinError) || error.code === "ERR_INTERNAL";
    return isFault ? `${error?.code ?? error?.name}: ${error?.message}` : null;
  }
}

/** What follows a file or a timeline goes on for ever. */
async function firstOf(sequence) {
  const silence = new Promise((resolve) => setTimeout(resolve, 20));
  const next = sequence.next();
  next.catch(() => undefined);
  await Promise.race([next, silence]);
  await Promise.race([sequence.return(), silence]);
}

function methodsOf(object) {
  const names = new Set();
  for (let each = Object.getPrototypeOf(object); each !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(each))
      if (!LEFT_OUT.includes(name)) names.add(name);
    each = Object.getPrototypeOf(each);
  }
  return [...names];
}

/** The names of the options of a question, as it tells them. */
async function optionsOf(ask) {
  try {
    const answer = await ask({ "no such option": 1 });
    await answer?.next?.();
    return [];
  } catch (error) {
    return (/: there are (.*)$/.exec(error.message)?.[1] ?? "").split(", ").filter(Boolean);
  }
}

function shown(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// What `onProgress` and `onBatch` throw is reported in this way, as their docstrings say.
process.on("uncaughtException", (error) => {
  if (error.message !== "of the caller") throw error;
});

let tries = 0;
const faults = [];
async function tryAll(name, ask, values) {
  for (const value of values) {
    tries++;
    const fault = await faultOf(() => ask(value));
    if (fault !== null) faults.push(`${name}(${shown(value)}): ${fault}`);
  }
}

const timeline = await openTimeline(newFile(), { create: true });
await timeline.import(trace);
const recording = timeline.recording();
const asked = [];
for (const [of, object] of Object.entries({ timeline, recording }))
  for (const method of methodsOf(object)) {
    const ask = (...args) => object[method](...args);
    await tryAll(`${of}.${method}`, ask, NONSENSE);
    asked.push([`${of}.${method}`, (options) => ask(...(BEFORE[method] ?? []), options), method]);
  }
asked.push(
  ["openTimeline", (options) => openTimeline(newFile(), { create: true, ...options })],
  ["growing", (options) => irqtwin.growing(trace, options)],
  ["joined", (options) => irqtwin.joined([trace], options)],
  ["growingCheck", (options) => recording.growingCheck().report(options)],
  ["new import", (options) => importAnew(options)],
);
for (const [name, ask, method] of asked)
  for (const option of await optionsOf(ask)) {
    const needs = () => (method === "rewind" ? { to: newFile() } : (NEEDS[method] ?? {}));
    const values = NONSENSE.filter((_, i) => i % (ONE_OF[name] ?? 1) === 0);
    await tryAll(`${name} ${option}`, (value) => ask({ ...needs(), [option]: value }), values);
  }
for (const name of ["openTimeline", "growing", "joined", "planCapture"])
  await tryAll(name, irqtwin[name], NONSENSE);
timeline.close();
console.log(JSON.stringify({ tries, faults }));

/** Another one would be there already, so that its options are not looked at. */
async function importAnew(options) {
  const other = await openTimeline(newFile(), { create: true });
  try {
    return await other.import(trace, options);
  } finally {
    other.close();
  }
}
