// The table of fates in three values: what is stated holds for every value that an unknown input may have.

import {
  type FateInputs,
  type FateNeeds,
  type FateRules,
  type FateVerdict,
} from "../../platform/fate.js";
import { sameBits, type IrteBits } from "../../values/bits.js";
import { IRTE_ALLOCATED } from "../irte/irte.js";
import { IRTE } from "../irte/irte-fields.js";
import { judgeInterrupt } from "./interrupt-rows.js";
import { fateRowOf, pathOf, type AmdPath, type FateFacts, type FateRow } from "./fate-rows.js";

/** The same inputs as `FateFacts`; null = not known. */
export type PartialFacts = { readonly [Name in keyof FateFacts]: FateFacts[Name] | null };

type FactName = keyof FateFacts;

const FLAGS = [false, true] as const;

/** Every value of each input. */
const VALUES: { readonly [Name in FactName]: readonly FateFacts[Name][] } = {
  valid: FLAGS,
  guest_mode: FLAGS,
  is_run: FLAGS,
  ga_log_intr: FLAGS,
  hasHandler: FLAGS,
  vcpu: ["running", "out", "blocking", "freed"],
  isOnCpu: FLAGS,
  route: ["fits", "differs", "none", "not connected"],
};

const NAMES = Object.keys(VALUES) as readonly FactName[];

/** What an unknown input is called in the reason of an unknown fate. */
const SAYS: Readonly<Record<FactName, string>> = {
  valid: "what the entry holds",
  guest_mode: "what the entry holds",
  is_run: "what the entry holds",
  ga_log_intr: "what the entry holds",
  hasHandler: "what the entry holds",
  vcpu: "where the vCPU is",
  isOnCpu: "whether the vCPU runs on the CPU of the entry",
  route: "whether the entry agrees with the route in force",
};

/** Linux gives it to an interrupt that has no vector: MANAGED_IRQ_SHUTDOWN_VECTOR, arch/x86/include/asm/irq_vectors.h. */
const SHUTDOWN_VECTOR = 239;

const VALID = 1;
const GUEST_MODE = 2;
const IS_RUN = 4;
const GA_LOG_INTR = 8;
const HAS_HANDLER = 16;

/** One way in which all inputs can be, with what it leads to. */
interface Whole {
  readonly facts: FateFacts;
  readonly path: AmdPath;
  readonly row: FateRow;
}

/** Every way in which all inputs can be, the last input changing fastest; made when it is first asked for. */
let everyWhole: readonly Whole[] | null = null;

function wholes(): readonly Whole[] {
  everyWhole ??= NAMES.reduce<readonly Partial<FateFacts>[]>(
    (all, name) => all.flatMap((each) => VALUES[name].map((value) => ({ ...each, [name]: value }))),
    [{}],
  ).map((made) => {
    const facts = made as FateFacts;
    return { facts, path: pathOf(facts), row: fateRowOf(facts) };
  });
  return everyWhole;
}

/** How far apart in `wholes()` two ways stand that differ by one step in an input. */
const STEPS: readonly number[] = NAMES.map((_, i) =>
  NAMES.slice(i + 1).reduce((product, name) => product * VALUES[name].length, 1),
);

/** The places in `wholes()` of every way in which the unknown inputs can be. */
function placesOf(inputs: PartialFacts): readonly number[] {
  let places = [0];
  NAMES.forEach((name, i) => {
    const values: readonly unknown[] = VALUES[name];
    const known = inputs[name];
    const steps = known === null ? values.map((_, n) => n) : [values.indexOf(known)];
    places = places.flatMap((place) => steps.map((n) => place + n * (STEPS[i] ?? 0)));
  });
  return places;
}

/** Every way in which the unknown inputs can be. */
export function completionsOf(inputs: PartialFacts): readonly FateFacts[] {
  return placesOf(inputs).map((place) => wholeAt(place).facts);
}

function wholeAt(place: number): Whole {
  const whole = wholes()[place];
  if (whole === undefined) throw new RangeError(`no way to be is at ${place}`);
  return whole;
}

/** The fate of inputs of which some may be unknown. */
export function fateOf(inputs: PartialFacts): FateVerdict {
  const places = placesOf(inputs);
  const all = places.map(wholeAt);
  const [path, ...otherPaths] = new Set(all.map((each) => each.path));
  const told = otherPaths.length === 0 ? (path ?? null) : null;
  const rows = [...new Set(all.map(({ row }) => row))];
  const [fate, ...others] = new Set(rows.map((row) => row.fate));
  if (fate !== undefined && others.length === 0)
    return { fate, path: told, reason: [...new Set(rows.map(reasonOf))].join(", or ") };
  const unknown = unknownOf(inputs, places).join("; ");
  return { fate: "unknown", path: told, reason: `not known: ${unknown}` };
}

function reasonOf({ reason }: FateRow): string {
  return reason;
}

/** What would have to be known: the inputs that change the fate, all others being equal. */
function unknownOf(inputs: PartialFacts, places: readonly number[]): readonly string[] {
  const matters = (name: FactName, i: number): boolean => {
    const step = STEPS[i] ?? 0;
    return (
      inputs[name] === null &&
      places.some(
        (place) =>
          Math.floor(place / step) % VALUES[name].length < VALUES[name].length - 1 &&
          wholeAt(place).row.fate !== wholeAt(place + step).row.fate,
      )
    );
  };
  return [...new Set(NAMES.filter(matters).map((name) => SAYS[name]))];
}

function entryOf(bits: IrteBits): number {
  const posted = IRTE.guest_mode.isSet(bits);
  return (
    (IRTE.valid.isSet(bits) ? VALID : 0) |
    (posted ? GUEST_MODE : 0) |
    (posted && IRTE.is_run.isSet(bits) ? IS_RUN : 0) |
    (posted && IRTE.ga_log_intr.isSet(bits) ? GA_LOG_INTR : 0) |
    (!posted && IRTE.vector.read(bits) !== SHUTDOWN_VECTOR ? HAS_HANDLER : 0)
  );
}

function needs(entry: number): FateNeeds {
  const posts = (entry & (VALID | GUEST_MODE)) === (VALID | GUEST_MODE);
  return { vcpu: posts, cpu: posts && (entry & IS_RUN) !== 0 };
}

function judge({ entry, vcpu, isOnCpu, route }: FateInputs): FateVerdict {
  const flag = (mask: number): boolean | null => (entry === null ? null : (entry & mask) !== 0);
  return fateOf({
    valid: flag(VALID),
    guest_mode: flag(GUEST_MODE),
    is_run: flag(IS_RUN),
    ga_log_intr: flag(GA_LOG_INTR),
    hasHandler: flag(HAS_HANDLER),
    ...{ vcpu, isOnCpu, route },
  });
}

/** AMD's table of fates, as the port asks for it. */
export const AMD_FATES: FateRules = {
  entryOf,
  needs,
  isUnused: (bits) => sameBits(bits, IRTE_ALLOCATED),
  vectorOf: IRTE.vector.read,
  destinationOf: IRTE.destination.read,
  pageOf: IRTE.ga_root_ptr.read,
  judge,
  judgeInterrupt,
};
