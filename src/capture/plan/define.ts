// The definition of one probe on one kernel.

import { type Definition } from "../../domain/amd/probes/definition.js";
import { type Probe } from "../../domain/amd/probes/probes.js";
import { type PlannedProbe } from "../plan.js";
import { findCmpxchg16b, hasLandmarks } from "./code.js";
import { parseField } from "./expression.js";
import { fetch } from "./fetch.js";
import { type Kernel } from "./kernel.js";
import {
  NO_SIGNATURE,
  signatureByTable,
  signatureInside,
  signatureOf,
  withoutArguments,
  type Signature,
} from "./signature.js";
import { type ChosenSymbol } from "./symbol.js";

/** Where in the function a probe is, and what its expressions begin with. */
interface Site {
  /** In bytes from the function's start; 0 = at its entry or return. */
  readonly offset: number;
  readonly signature: Signature;
  readonly isVerified: boolean;
}

/** Defines a probe on a symbol, or says why that cannot be done. */
export function define(probe: Probe, symbol: ChosenSymbol, kernel: Kernel): PlannedProbe | string {
  const site = siteOf(probe, symbol, kernel);
  if (typeof site === "string") return site;
  const forms = probe.definitions.filter((form) => isMeant(form, symbol, site, kernel));
  if (forms.length === 0) return `${symbol.name} is not the function that the probe is for`;
  const written = chooseForm(probe, forms, symbol, site, kernel);
  if (typeof written === "string") return written;
  const level = written.form.level ?? probe.level;
  if (level === null) return "it is a tracepoint";
  const head = `${probe.type === "return" ? "r64" : "p"}:pi/${probe.name}`;
  const place = site.offset === 0 ? symbol.place : `${symbol.place}+${String(site.offset)}`;
  return {
    name: probe.name,
    definition: [head, place, ...written.fields].join(" "),
    symbol: symbol.name,
    module: symbol.module,
    isVerified: site.isVerified && !symbol.hasCopies,
    level,
  };
}

function siteOf(probe: Probe, symbol: ChosenSymbol, kernel: Kernel): Site | string {
  if (probe.place === null) return atBoundary(probe, symbol, kernel);
  const code = kernel.codeOf(symbol.name);
  const { place } = probe;
  if (place.at === "landmarks") {
    const known = place.known.find(({ builds, landmarks }) =>
      code === null ? builds.includes(kernel.release ?? "") : hasLandmarks(code, landmarks),
    );
    if (known === undefined)
      return code === null ? UNREAD : "its code is not what was verified on any build";
    return inside(known.offset, null);
  }
  if (code !== null) {
    const found = findCmpxchg16b(code);
    return typeof found === "string" ? found : inside(found.offset, found.operand);
  }
  const known = place.known.find(({ builds }) => builds.includes(kernel.release ?? ""));
  return known === undefined ? UNREAD : inside(known.offset, known.operand);
}

const UNREAD =
  "its place inside of the function is not known without the kernel's code: run as root on the host (/proc/kcore), or give `vmlinux`";

function inside(offset: number, operand: string | null): Site {
  return { offset, signature: signatureInside(operand), isVerified: true };
}

function atBoundary(probe: Probe, symbol: ChosenSymbol, kernel: Kernel): Site {
  const { signature, isVerified } = parametersOf(probe, symbol, kernel);
  const isBlind = probe.type === "return" && !kernel.returnsTakeArguments;
  return { offset: 0, signature: isBlind ? withoutArguments(signature) : signature, isVerified };
}

/** BTF tells of functions whose parameters are where C's calling convention has them; else the table does. */
function parametersOf(
  { prototype }: Probe,
  symbol: ChosenSymbol,
  kernel: Kernel,
): Omit<Site, "offset"> {
  const described = kernel.btf.prototypeOf(symbol.function, symbol.module);
  if (described !== null)
    return { signature: signatureOf(described), isVerified: !symbol.isSpecialised };
  if (prototype?.of !== symbol.function) return { signature: NO_SIGNATURE, isVerified: true };
  const { builds, landmarks } = prototype.verified;
  const code = kernel.codeOf(symbol.name);
  return {
    signature: signatureByTable(prototype, kernel.btf.seenBy(symbol.module)),
    isVerified:
      code === null ? builds.includes(kernel.release ?? "") : hasLandmarks(code, landmarks),
  };
}

function isMeant(form: Definition, symbol: ChosenSymbol, site: Site, kernel: Kernel): boolean {
  const { of: fn, needs = [], where } = form;
  const takes = kernel.returnsTakeArguments ? "returns take arguments" : "returns take none";
  return (
    (fn === undefined || fn === symbol.function) &&
    (where === undefined || where === takes) &&
    needs.every((name) => site.signature.root(name, false) !== null)
  );
}

interface Written {
  readonly form: Definition;
  readonly fields: readonly string[];
}

/** The first form that fits whole; else the first one of which only fields are missing that nobody reads. */
function chooseForm(
  probe: Probe,
  forms: readonly Definition[],
  symbol: ChosenSymbol,
  { signature }: Site,
  kernel: Kernel,
): Written | string {
  const types = kernel.btf.seenBy(symbol.module);
  const tries = forms.map((form) => {
    const fields = form.fields.map((text) => {
      const field = parseField(text);
      const fetched = fetch(field, signature, types);
      return { name: field.name, ...(fetched ?? { text: null }) };
    });
    return { form, fields };
  });
  const whole = tries.find(({ fields }) => fields.every((field) => !("why" in field)));
  const enough =
    whole ??
    tries.find(({ fields }) =>
      fields.every((field) => !("why" in field) || !probe.fields.includes(field.name)),
    );
  if (enough === undefined) {
    const missing = tries[0]?.fields.find(
      (field) => "why" in field && probe.fields.includes(field.name),
    );
    return missing === undefined || !("why" in missing) ? "no form fits" : missing.why;
  }
  const fields = enough.fields.flatMap((field) =>
    "text" in field && field.text !== null ? [field.text] : [],
  );
  return { form: enough.form, fields };
}
