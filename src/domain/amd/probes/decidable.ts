// What can be said at all of a recording, by the probes that it has a line of. A function without a line
// counts as one without a probe, because a recording does not list the probes that were set: it may have run
// at any time, and have done what would explain a contradiction.

import { type Sees } from "../../platform/platform.js";
import { type IrteBits } from "../../values/bits.js";
import { PROBE, PROBES, type Probe, type ProbeName } from "./probes.js";
import { FACTS, type FactName, LEVELS, type Level } from "../../platform/facts.js";
import { WRITE_SHAPES } from "./write-shapes.js";
import { INVARIANT_ROWS } from "../invariants/invariants.js";
import { isRulesId, RULES, type Difference } from "../releases/releases.js";
import { TRANSITIONS } from "../rules/transitions.js";

/** Lists of names by what each row of the table says of itself. */
function namesBy(
  keysOf: (probe: Probe) => readonly string[],
): ReadonlyMap<string, readonly ProbeName[]> {
  const lists = new Map<string, ProbeName[]>();
  for (const probe of PROBES) {
    for (const key of keysOf(probe)) lists.set(key, [...(lists.get(key) ?? []), probe.name]);
  }
  return derived(lists, ({ size }) => size);
}

/** What is derived from the table; throws if it is empty, for then a column is not the one that was meant. */
function derived<Derived>(all: Derived, sizeOf: (all: Derived) => number): Derived {
  if (sizeOf(all) === 0) throw new Error("a list derived from the probe table is empty");
  return all;
}

const NEEDED = namesBy(({ neededBy }) => neededBy);
/** The difference that makes a release need a probe; no entry = all do. */
const WHERE: ReadonlyMap<string, Difference> = new Map(
  PROBES.flatMap(({ name, neededWhere }) => (neededWhere === null ? [] : [[name, neededWhere]])),
);
const SHOWN = namesBy(({ facts }) => facts);

/** Everything that can be judged, by its first word: `T1` of `T1 second`. */
const JUDGED: ReadonlySet<string> = new Set(
  [...TRANSITIONS, ...INVARIANT_ROWS].map(({ id }) => id),
);

/**
 * The probes that a rule or an invariant needs by every profile, or by one, in the order of the table; none for one
 * that needs none. Throws if there is no such rule or invariant.
 */
export function probesNeededBy(judged: string, profile?: string): readonly ProbeName[] {
  const [id = ""] = judged.split(" ");
  if (!JUDGED.has(id)) throw new Error(`${judged} is neither a rule nor an invariant`);
  const needed = NEEDED.get(judged) ?? [];
  return needed.filter((name) => isNeeded(WHERE.get(name), profile));
}

function isNeeded(where: Difference | undefined, profile: string | undefined): boolean {
  if (where === undefined) return true;
  return profile !== undefined && isRulesId(profile) && RULES[profile][where];
}

/** Can a write be called missing or mismatched by the rule (as findings name it) of a profile? */
export function canJudgeRule(sees: Sees, rule: string, profile?: string): boolean {
  return probesNeededBy(rule, profile).every(sees);
}

/** Can the invariant be called broken? */
export function canJudgeInvariant(sees: Sees, id: string): boolean {
  return probesNeededBy(id).every(sees);
}

/** The probes that show a fact, in the order of the table. */
export function probesShowing(fact: FactName): readonly ProbeName[] {
  return SHOWN.get(fact) ?? [];
}

/** Does the recording show the fact? */
export function shows(sees: Sees, fact: FactName): boolean {
  const probes = probesShowing(fact);
  return FACTS[fact].by === "any" ? probes.some(sees) : probes.every(sees);
}

const WRITERS = derived(
  PROBES.filter(({ unseen }) => unseen.length > 0),
  ({ length }) => length,
);

/** Could a function that the recording has no line of have made this write? */
export function couldBeUnseen(sees: Sees, before: IrteBits, seen: IrteBits): boolean {
  return WRITERS.some(
    ({ name, unseen }) => !sees(name) && unseen.some((shape) => WRITE_SHAPES[shape](before, seen)),
  );
}

/**
 * Could the entry have been posted, or remapped, by an update that the recording has no line of, so that a write that
 * keeps what it finds is not as expected?
 */
export function couldBeStale(sees: Sees, expected: IrteBits, seen: IrteBits): boolean {
  return !sees(PROBE.ir_set_vcpu_affinity) && WRITE_SHAPES.toggle(expected, seen);
}

/** The set of probes that a recording was made with, as far as its names tell; none = it shows no IRTE write. */
export function levelOf(sees: Sees): Level | "none" {
  if (!shows(sees, "IRTE writes")) return "none";
  if (!shows(sees, "standard set")) return "minimal";
  return shows(sees, "full set") ? "full" : "standard";
}

/** The probes without which something cannot be decided; those of the larger sets last. */
const DECIDING = LEVELS.flatMap((level) =>
  PROBES.filter((probe) => probe.level === level && probe.undecided !== null),
);

/** What a recording leaves open, and the probe that would tell it. */
export function undecided(sees: Sees): readonly {
  readonly name: ProbeName;
  readonly what: string;
  readonly level: Level | null;
}[] {
  return DECIDING.filter(({ name }) => !sees(name)).map(({ name, undecided: what, level }) => ({
    name,
    what: what ?? "",
    level,
  }));
}
