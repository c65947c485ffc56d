// The expressions of the probe table (see domain/amd/probes/definition.ts), taken apart.

/** A member, or several one inside the other: `arch.apic`; `*` = all of what is pointed to. */
interface Follow {
  readonly step: "follow";
  readonly members: readonly string[];
}

interface Cast {
  readonly step: "as";
  readonly struct: string;
}

interface Container {
  readonly step: "in";
  readonly struct: string;
  readonly member: string;
}

/** One step from a value to the next. */
export type Step = Follow | Cast | Container;

/** An expression: where it begins, and the steps from there. */
export interface Expression {
  /** The names that the parameter may have, or one register. */
  readonly names: readonly string[];
  /** It is written as a register. */
  readonly isRegister: boolean;
  /** It is the returned value. */
  readonly isReturn: boolean;
  /** It is the address of what the steps lead to. */
  readonly isAddress: boolean;
  /** The steps, in order; empty = the value itself. */
  readonly steps: readonly Step[];
}

/** A field of a definition. */
export interface Field {
  /** The key that the line prints. */
  readonly name: string;
  /** What is fetched. */
  readonly expression: Expression;
  /** The kprobe type, such as `x64`. */
  readonly type: string;
  /** The size of the type in bytes. */
  readonly bytes: number;
}

const FIELD = /^(\w+)=(.+):([xsu])(8|16|32|64)$/;
const HEAD = /^(&?)(\$retval|%?\w+(?:\|\w+)*)/;
const STEP =
  /^(?:->(?<members>\*|\w+(?:\.\w+)*)| as (?<cast>\w+)| in (?<struct>\w+)\.(?<member>\w+))/;

/** Takes a field of the table apart. Throws for one that does not follow the rules: that is a fault of the table. */
export function parseField(text: string): Field {
  const [, name, expression, letter, bits] = FIELD.exec(text) ?? [];
  if (name === undefined || expression === undefined)
    throw new Error(`the probe table has a field that is none: ${text}`);
  return {
    name,
    expression: parseExpression(expression),
    type: `${letter ?? ""}${bits ?? ""}`,
    bytes: Number(bits) / 8,
  };
}

function parseExpression(text: string): Expression {
  const [all, ampersand, root = ""] = HEAD.exec(text) ?? [];
  if (all === undefined) throw new Error(`the probe table has an expression that is none: ${text}`);
  return {
    names: root.replace("%", "").split("|"),
    isRegister: root.startsWith("%"),
    isReturn: root === "$retval",
    isAddress: ampersand === "&",
    steps: parseSteps(text.slice(all.length)),
  };
}

function parseSteps(text: string): readonly Step[] {
  const steps: Step[] = [];
  for (let rest = text; rest !== "";) {
    const { 0: all = "", groups } = STEP.exec(rest) ?? {};
    if (all === "") throw new Error(`the probe table has a step that is none: ${rest}`);
    const { members, cast, struct, member } = groups ?? {};
    if (members !== undefined)
      steps.push({ step: "follow", members: members === "*" ? [] : members.split(".") });
    else if (cast !== undefined) steps.push({ step: "as", struct: cast });
    else steps.push({ step: "in", struct: struct ?? "", member: member ?? "" });
    rest = rest.slice(all.length);
  }
  return steps;
}
