// irqtwin probes

import { EXIT, TwinError } from "../base/errors.js";
import {
  KNOWN_KERNELS,
  LEVELS,
  PROBE,
  PROBES,
  knownAround,
  servedOn,
  type Level,
  type Probe,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output } from "./output.js";
import { document, text } from "./probes-output.js";

/** The platforms whose probes are known. */
const PLATFORMS = ["amd"] as const;

/** `irqtwin probes`: the probe table, or what it says of a name. */
export const probesCommand: Command = {
  name: "probes",
  json: "a probe",
  operands: "[NAME...]",
  summary: "which kernel function each probe is on, what it shows, and what needs it",
  details: [
    "Joins the names that one kernel function has: its probe, the event that its lines become, the cause that",
    "it is, and the rules and invariants that may be called violated only if a recording has a line of it.",
    `NAME is any of these: ${PROBE.irte_write}, amd_iommu_update_ga, vcpu_blocking, 'vcpu load', T4, I10.`,
  ].join("\n"),
  options: {
    kernel: {
      type: "string",
      value: "RELEASE",
      help: `the symbol that serves each probe there: ${KNOWN_KERNELS.join(", ")}, or between`,
    },
    level: {
      type: "string",
      value: "SET",
      help: `only the probes of a recording's set: ${LEVELS.join(", ")}`,
    },
    platform: { type: "string", value: "NAME", help: `whose probes: ${PLATFORMS.join(", ")}` },
  },
  examples: [
    "irqtwin probes",
    `irqtwin probes ${PROBE.avic_pi_update}`,
    "irqtwin probes T4 --kernel 6.12",
    "irqtwin probes --level minimal --json",
  ],
  run,
};

function run(args: Arguments): Promise<number> {
  const platform = oneOf(args, "platform", PLATFORMS) ?? "amd";
  const level = oneOf(args, "level", LEVELS);
  const kernel = args.text("kernel");
  const around = kernel === undefined ? null : kernelsAround(kernel);
  const rows = chosen(args.operands)
    .filter((probe) => level === undefined || isOfSet(probe, level))
    .map((probe) => ({ probe, served: around === null ? null : servedOn(probe, around) }));
  const output = new Output();
  if (args.flag("json"))
    output.json({
      platform,
      kernel: kernel ?? null,
      level: level ?? null,
      probes: rows.map(document),
    });
  else for (const line of text(rows, args.operands)) output.line(line);
  output.flush();
  return Promise.resolve(EXIT.ok);
}

/** The value of an option that takes one of a few words. Throws ERR_USAGE for another word. */
function oneOf<Word extends string>(
  args: Arguments,
  option: string,
  words: readonly Word[],
): Word | undefined {
  const text = args.text(option);
  const word = words.find((each) => each === text);
  if (text === undefined || word !== undefined) return word;
  throw new TwinError(
    "ERR_USAGE",
    `--${option} ${text} is not known: there is ${words.join(", ")}`,
  );
}

function kernelsAround(release: string): NonNullable<ReturnType<typeof knownAround>> {
  const around = knownAround(release);
  if (around !== null) return around;
  throw new TwinError(
    "ERR_KERNEL_UNKNOWN",
    `the symbols of kernel ${release} are not known: known are ${KNOWN_KERNELS.join(", ")}, and what is the same on both sides of a release between`,
  );
}

/** The larger sets hold the smaller ones; a tracepoint is in none. */
function isOfSet(probe: Probe, level: Level): boolean {
  return probe.level !== null && LEVELS.indexOf(probe.level) <= LEVELS.indexOf(level);
}

/** The probes that the names ask for, in the order of the table; all of them where there is no name. */
function chosen(names: readonly string[]): readonly Probe[] {
  if (names.length === 0) return PROBES;
  const found = names.flatMap(probesNamed);
  return PROBES.filter((probe) => found.includes(probe));
}

/** A probe's own name stands for it alone; any other name for all that have it. Throws ERR_NAME. */
function probesNamed(name: string): readonly Probe[] {
  const own = PROBES.filter((probe) => probe.name === name);
  if (own.length > 0) return own;
  const found = PROBES.filter((probe) => otherNames(probe).includes(name.replace(/\(\)$/, "")));
  if (found.length > 0) return found;
  throw new TwinError(
    "ERR_NAME",
    `${name} is no probe, and no kernel function, event, cause, rule or invariant that has one: see \`irqtwin probes\``,
  );
}

function otherNames(probe: Probe): readonly (string | null)[] {
  const symbols = probe.symbols.map(([, symbol]) => symbol);
  return [probe.function, ...symbols, ...probe.events, ...probe.causes, ...probe.neededBy];
}
