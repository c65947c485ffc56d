// irqtwin rules

import { EXIT, TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import {
  DIFFERENCES,
  FATE_EFFECTS,
  INVARIANTS,
  KNOWN_BUGS,
  PATCHES,
  RULES,
  RULES_IDS,
  TRANSITIONS,
  differencesOf,
  fateEffectText,
  isRulesId,
  type RulesId,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, table } from "./output.js";

/** The command `rules`. */
export const rulesCommand: Command = {
  name: "rules",
  json: "document",
  operands: "[PROFILE...]",
  summary: "the rules that writes are judged by, and what kernel releases differ in",
  details: [
    "Without a profile: the transition rules T1 to T11, and the table of differences by release. With two:",
    "what the second does otherwise than the first, patch by patch, and which fates of interrupts (irqtwin at) each",
    "changes. Profiles: " + `${RULES_IDS.join(", ")}.`,
  ].join("\n"),
  options: {
    patches: { type: "boolean", help: "all 62 patches of the series, with what each changes" },
    invariants: {
      type: "boolean",
      help: "what must hold between operations, and in which profiles",
    },
    bugs: {
      type: "boolean",
      help: "the kernel's known bugs that `check` names, and what fixed them",
    },
  },
  examples: ["irqtwin rules", "irqtwin rules 6.16 6.17", "irqtwin rules --patches | grep -w rule"],
  run,
};

function run(args: Arguments): Promise<number> {
  const output = new Output();
  const profiles = args.operands.map(profileOf);
  if (profiles.length > 2)
    throw new TwinError(
      "ERR_USAGE",
      "rules takes at most two profiles: see `irqtwin rules --help`",
    );
  const [a, b] = profiles;
  if (args.flag("json")) output.json(document(a, b));
  else output.lines(text(args, a, b));
  output.flush();
  return Promise.resolve(EXIT.ok);
}

function profileOf(text: string): RulesId {
  if (isRulesId(text)) return text;
  throw new TwinError(
    "ERR_USAGE",
    `${text} is not a profile${didYouMean(text, RULES_IDS)}: there are ${RULES_IDS.join(", ")}`,
  );
}

function document(a: RulesId | undefined, b: RulesId | undefined): unknown {
  const isPair = a !== undefined && b !== undefined;
  return {
    profiles: a === undefined ? RULES_IDS : isPair ? [a, b] : [a],
    transitions: TRANSITIONS,
    differences: (isPair ? differencesOf(a, b) : DIFFERENCES).map(
      ({ name, patch, says, where }) => ({
        name,
        patch,
        says,
        where,
        fates: FATE_EFFECTS[name],
        in: RULES_IDS.filter((id) => RULES[id][name]),
      }),
    ),
    patches: PATCHES.map((each) => ({
      ...each,
      fates: each.difference === null ? null : FATE_EFFECTS[each.difference],
    })),
    invariants: INVARIANTS,
    bugs: Object.values(KNOWN_BUGS),
  };
}

function text(args: Arguments, a: RulesId | undefined, b: RulesId | undefined): string[] {
  if (args.flag("patches"))
    return table(
      ["patch", "effect", "does", "why", "commit", "subject"],
      PATCHES.map(({ patch, effect, does, why, commit, subject }) => [
        ...[patch, effect, does, why, commit, subject],
      ]),
    );
  if (args.flag("invariants"))
    return table(
      ["", "class", "must hold in", "made by", "says"],
      INVARIANTS.map(({ id, class: cls, holds_in, made_by, says, not_checked }) => [
        id,
        cls,
        holds_in.length === RULES_IDS.length ? "all" : holds_in.join(" "),
        made_by,
        not_checked === undefined ? says : `${says} (never checked: ${not_checked})`,
      ]),
    );
  if (args.flag("bugs"))
    return table(
      ["", "in", "fixed in", "by commit", "says"],
      Object.values(KNOWN_BUGS).map(({ id, title, in: profiles, fixes, fixed_in }) => [
        id,
        profiles.join(" "),
        fixed_in,
        fixes.map(({ commit, patch }) => commit ?? patch).join(" "),
        title,
      ]),
    );
  if (a !== undefined && b !== undefined) return pair(a, b);
  return all(a);
}

/** What `b` does otherwise than `a`, in one screen. */
function pair(a: RulesId, b: RulesId): string[] {
  const differences = differencesOf(a, b);
  if (differences.length === 0) return [`${a} and ${b} write the same bits`];
  return differences.flatMap(({ name, patch, says, where }) => [
    `${name}: ${RULES[b][name] ? b : a} only, patch ${patch}`,
    `    ${says}`,
    `    ${where}`,
    `    fates: ${fateEffectText(name)}`,
  ]);
}

function all(only: RulesId | undefined): string[] {
  const profiles = only === undefined ? RULES_IDS : [only];
  const differences = table(
    ["", ...profiles, "patch", ""],
    DIFFERENCES.map(({ name, patch, says }) => [
      name,
      ...profiles.map((id) => (RULES[id][name] ? "yes" : "-")),
      patch,
      says,
    ]),
  );
  const transitions = TRANSITIONS.flatMap(({ id, says, where }) => [
    `${id.padEnd(4)} ${says}`,
    `     ${where}`,
  ]);
  return ["Transition rules", "", ...transitions, "", "Differences", "", ...differences];
}
