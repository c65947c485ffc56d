// A made-up vendor in thirty lines: bit 0 of an entry says that it is valid, bits 15:8 hold its vector, and one
// function of the driver, toy_set(), writes it. The trace shows the call and the write.

import { causeCode } from "../../src/domain/events/causes.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { payload, setPayload } from "../../src/domain/events/payload.js";
import { foldOf } from "../../src/domain/fold/evolve.js";
import { Kernel } from "../../src/domain/model/kernel.js";
import { Model } from "../../src/domain/model/model.js";
import { FINDINGS, fateLane, laneGroups } from "../../src/domain/platform/common-lanes.js";
import { type LaneTable } from "../../src/domain/platform/lanes.js";
import { type FactName } from "../../src/domain/platform/facts.js";
import { type Platform, type RulesKernel } from "../../src/domain/platform/platform.js";
import { EntryDraft, bitField } from "../../src/domain/values/bit-fields.js";
import { NO_BITS, exactly } from "../../src/domain/values/bits.js";
import { enter, setCause } from "../../src/ftrace/interpret/causes.js";
import { type Interpreter, type Outcome } from "../../src/ftrace/interpret/interpreter.js";
import { setIrte, setWords } from "../../src/ftrace/interpret/subjects.js";
import { FIELD } from "../../src/ftrace/text/fields.js";
import { type Vocabulary } from "../../src/ftrace/vocabulary.js";

const VALID = bitField("loL[0]");
const VECTOR = bitField("loL[15:8]");
const NOTHING = { is_run: null, ga_log_intr: null, destination: null, ga_tag: null };
const TOY_SET = {
  name: "toy_set",
  cause: causeCode("host affinity"),
  callsOne: false,
  isPinned: false,
  once: false,
};

/** Its entries are called slots, and are drawn as AMD's irqfds are. */
const TOY_LANES: LaneTable = {
  kinds: {
    findings: FINDINGS,
    slot: {
      says: "a slot: a row of v_irte",
      ...{ id: "slot:{name}", subject: "irte", group: "device", under: null },
      ...{ name: "slot {name}", label: "slot {short}" },
      ...{ rows_from: "entries", listed: "always", place: "row", form: "stay" },
      words: ["slot", "slots"],
      states: { "irte.remapped": "set", "irte.free": "not set", "irte.unknown": "unknown" },
    },
    fate: fateLane("slot", ["slot", "slots"]),
  },
  groups: laneGroups("slot"),
  legend: { host: "set" },
};

class ToyKernel extends Kernel implements RulesKernel {
  readonly learnFrom = (): void => undefined;
  readonly ruleByBits = (): null => null;
  readonly inputsOf = (): readonly [] => [];
  readonly advance: RulesKernel["advance"] = (event) => {
    this.demanded = [];
    const irte = event.kind === KIND.host_affinity_set ? this.irteOf(event) : null;
    const entry = new EntryDraft(NO_BITS).setFlag(VALID, true).set(VECTOR, payload.vector(event));
    if (irte !== null) this.single(event, "V1", irte, () => entry.done());
    return this.demanded;
  };
}

/** The port of the made-up vendor. Its one profile is `toy 1`, of releases that end in `-toy`. */
export const TOY: Platform<ToyKernel> = {
  id: "toy",
  profiles: ["toy 1"],
  profileOf: (release) => (release.endsWith("-toy") ? "toy 1" : null),
  describe: ({ bits }) => {
    const valid = VALID.isSet(bits);
    const vector = VECTOR.read(bits);
    return { mode: valid ? "remapped" : "free", valid, vector, ...NOTHING, ga_root_ptr: null };
  },
  tagLayoutOf: () => null,
  targetOf: () => null,
  differingFields: ({ bits }, seen) =>
    VECTOR.read(bits) === VECTOR.read(seen) ? ["valid"] : ["vector"],
  severityOf: () => "safety",
  sql: { logical: null, posted: "false", tag: "NULL" },
  fold: foldOf({ iommu: {}, kvm: {} }),
  lanes: TOY_LANES,
  inhibitNames: () => [],
  newKernel: () => new ToyKernel(new Model()),
  contradictions: [],
  transitions: [{ id: "V1", says: "the driver sets the vector", where: "toy_set()" }],
  invariants: [
    {
      ...{ id: "V-I1", class: "safety", holds_in: ["toy 1"], made_by: "the vendor" },
      says: "the vector is 32 or above",
      tests: { atRest: ({ shadow }) => VECTOR.read(shadow) >= 32 },
    },
  ],
  bugs: [],
  differences: [],
  differenceShown: () => null,
  shows: (sees, fact) => sees(PROBES[fact] ?? "toy_set"),
  probesShowing: (fact) => [PROBES[fact] ?? "toy_set"],
  probeLevelOf: () => "full",
  undecided: () => [],
  canJudgeRule: (sees) => sees("toy_set"),
  canJudgeInvariant: (sees) => sees("toy_write"),
  couldBeStale: () => false,
  couldBeUnseen: () => false,
  ruleId: (rule) => rule,
};

const PROBES: Readonly<Partial<Record<FactName, string>>> = { "IRTE writes": "toy_write" };

/** How its trace is read. */
export const TOY_VOCABULARY: Vocabulary = [
  [
    "toy_set",
    (at: Interpreter): Outcome => {
      const event = at.event(KIND.host_affinity_set);
      setIrte(at, event);
      setPayload.vector(event, at.number(FIELD.vector));
      enter(at, event, { ...TOY_SET, callers: { before: [], after: [] } });
      return "event";
    },
  ],
  [
    "toy_write",
    (at: Interpreter): Outcome => {
      const event = at.event(KIND.irte_written);
      setIrte(at, event);
      setWords(at, event, FIELD.lo, FIELD.hi);
      setCause(at, event);
      return "event";
    },
  ],
];

/** An entry with this vector, as the driver writes it. */
export const toyEntry = (vector: number): number =>
  exactly(new EntryDraft(NO_BITS).setFlag(VALID, true).set(VECTOR, vector).done().bits).bits.loL;
