// Planted faults: a write flipped, removed, doubled, redirected, retagged or swapped must be found, at
// its line, and with at most one finding more.

import { describe, expect, it } from "vitest";
import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { type WriteFinding } from "../../src/check/ledger.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { randomOf } from "../support/random.js";
import { shippedText } from "../support/shipped.js";

const SEED = 20261123;
const TRIES = 40;
const FIELDS = ["loL", "loH", "hiL", "hiH"] as const;

/**
 * The recording with one witness of each write: what its lines say of a write cannot contradict an exchange. The lines
 * keep their numbers.
 */
function withoutExchanges(name: string): Buffer {
  const text = shippedText(name).replaceAll(" irte_cmpxchg: ", " irte_flush: ");
  return Buffer.from(text, "latin1");
}

type Mutate = (events: TwinEvent[], at: number, random: () => number) => void;

const MUTATIONS: Readonly<Record<string, Mutate>> = {
  "one bit flipped": (events, at, random) => {
    const event = copy(events, at);
    const bit = Math.floor(random() * 128);
    const field = FIELDS[bit >> 5] ?? "loL";
    event[field] ^= 1 << (bit & 31);
  },
  "one write removed": (events, at) => {
    events.splice(at, 1);
  },
  "one write doubled": (events, at) => {
    events.splice(at, 0, copy(events, at));
  },
  "two writes swapped": (events, at) => {
    const other = nextWrite(events, at);
    if (other === null) return;
    const [one, two] = [copy(events, at), copy(events, other)];
    const subject = ({ segment, devid, irte_index, loH, loL, hiH, hiL }: TwinEvent) => {
      return { segment, devid, irte_index, loH, loL, hiH, hiL };
    };
    const [first, second] = [subject(one), subject(two)];
    Object.assign(one, second);
    Object.assign(two, first);
  },
  "a stale GA tag": (events, at, random) => {
    const event = copy(events, at);
    event.loH = event.loH === 0 ? 0x200 : event.loH ^ (1 << (9 + Math.floor(random() * 3)));
  },
  "a destination replaced": (events, at, random) => {
    const event = copy(events, at);
    const other = ((event.loL >>> 8) + 1 + Math.floor(random() * 3)) & 0xff;
    event.loL = (event.loL & ~0xff00) | (other << 8);
  },
};

const MAY_BE_LINES = [MUTATIONS["one write doubled"], MUTATIONS["two writes swapped"]];

function nextWrite(events: readonly TwinEvent[], at: number): number | null {
  const found = events.findIndex(({ kind }, i) => i > at && kind === KIND.irte_written);
  return found < 0 ? null : found;
}

/** An event that a fault is planted in. */
type Planted = { -readonly [Field in keyof TwinEvent]: TwinEvent[Field] };

function copy(events: TwinEvent[], at: number): Planted {
  const event = events[at];
  if (event === undefined) throw new Error(`no event at ${at}`);
  const same = { ...event };
  events[at] = same;
  return same;
}

describe.each([
  "6.12-s2-two",
  "6.16-s1-one",
  "6.17-s1-one",
  // Goes on long after its use after free: what that does not touch is judged as ever.
  "6.17-x-uaf-crash",
  "6.18-s1-one",
  "7.3-s2-two",
])("%s", (name) => {
  const read = readEvents(withoutExchanges(name));
  it.each(Object.keys(MUTATIONS))("%s: is found, at its line", (kind) => {
    const missed = tries(read, MUTATIONS[kind]);
    // Of a removed write nothing remains where the function's end and its effect are both unseen.
    expect(missed.length, `seed ${SEED}: missed at lines ${missed.join(", ")}`).toBeLessThanOrEqual(
      kind === "one write removed" ? 1 : 0,
    );
  });
});

/** The events with the writes of two lines of the recording in each other's place. */
function swapped(read: Read, ...lines: readonly [number, number]): TwinEvent[] {
  const events = [...read.events];
  const [one, two] = lines.map((line) => {
    return copy(
      events,
      events.findIndex((event) => event.line === line),
    );
  });
  if (one === undefined || two === undefined) throw new Error("no such line");
  for (const field of ["devid", "irte_index", ...FIELDS] as const)
    [one[field], two[field]] = [two[field], one[field]] as [never, never];
  return events;
}

describe("two writes of different functions, swapped", () => {
  it("are two findings, each with the write that it came in place of, and no broken invariant", () => {
    const read = readEvents(withoutExchanges("7.3-s2-two"));
    const { findings, invariants } = checked(read, swapped(read, 1299, 1323)).checker;
    const lines = findings.map(({ kind, seq, instead_of }) => {
      return [kind, read.events[seq - 1]?.line, instead_of != null];
    });
    expect(lines).toEqual([
      ["unexpected", 1299, true],
      ["unexpected", 1323, true],
    ]);
    expect(invariants.violations).toEqual([]);
  });
});

describe("a write whose valid bit is lost", () => {
  it("is one finding: the next write, which has it again, breaks nothing", () => {
    const read = readEvents(withoutExchanges("6.18-s1-one"));
    const at = read.events.findIndex(
      ({ kind, loL }) => kind === KIND.irte_written && (loL & 0x81) === 0x81,
    );
    const events = [...read.events];
    copy(events, at).loL ^= 1;
    const { findings, invariants } = checked(read, events).checker;
    expect(findings.map(({ kind }) => kind)).toEqual(["mismatch"]);
    expect(invariants.violations).toEqual([]);
  });
});

describe("a load that the recording lacks", () => {
  it("is one contradiction, which has the write that it made, and no finding about the kernel", () => {
    const read = readEvents(withoutExchanges("6.18-s1-one"));
    const isWrite = ({ kind }: TwinEvent): boolean => kind === KIND.irte_written;
    const load = read.events.find(
      ({ kind, seq }) =>
        kind === KIND.avic_vcpu_loaded && isWrite(read.events[seq] ?? ({} as TwinEvent)),
    );
    const events = read.events.filter((event) => event !== load);
    const { findings, invariants, contradictions } = checked(read, events).checker;
    expect(findings).toEqual([]);
    expect(invariants.violations).toEqual([]);
    expect(contradictions).toHaveLength(1);
    expect(contradictions[0]?.evidence).toContain((load?.seq ?? 0) + 1);
  });
});

/** Lines of the writes whose mutation was not found, or found elsewhere. */
function tries(read: Read, mutate: Mutate | undefined): number[] {
  const random = randomOf(SEED);
  const writes = read.events.flatMap((event, at) => (event.kind === KIND.irte_written ? [at] : []));
  const missed: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const at = writes[Math.floor(random() * writes.length)] ?? 0;
    const event = read.events[at];
    const events = [...read.events];
    mutate?.(events, at, random);
    const { findings, contradictions } = checked(read, events).checker;
    // A write too many may also be one whose cause has no line, and writes in each other's place may be lines that name
    // the wrong entry: then it is a contradiction.
    const isContradicted = contradictions.some(({ evidence }) =>
      evidence.includes(event?.seq ?? 0),
    );
    const isFound = isFoundIn(findings, event) || (MAY_BE_LINES.includes(mutate) && isContradicted);
    if (isChanged(read.events, events, at) && !isFound) missed.push(event?.line ?? 0);
  }
  return missed;
}

/** A swap of two equal writes is no fault. */
function isChanged(before: readonly TwinEvent[], after: readonly TwinEvent[], at: number): boolean {
  return before.length !== after.length || JSON.stringify(before[at]) !== JSON.stringify(after[at]);
}

function isFoundIn(findings: readonly WriteFinding[], event: TwinEvent | undefined): boolean {
  const isThere = ({ seq, kind, cause_seq }: WriteFinding): boolean =>
    seq === event?.seq || (kind === "missing" && cause_seq === event?.cause_seq);
  return findings.some(isThere) && findings.length <= 3;
}
