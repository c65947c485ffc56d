// Which symbol serves a probe on which kernel. A function that the compiler inlined, renamed or specialised
// has another symbol, or none, so each build has to be looked at.

import { type Probe } from "./probes.js";

/** The kernels whose symbols were looked up (Debian's amd64 builds, /proc/kallsyms), oldest first. */
export const KNOWN_KERNELS = ["6.1", "6.12", "6.16", "6.17", "6.18", "6.19", "7.2", "7.3"] as const;

/** A kernel whose symbols are known. */
export type KnownKernel = (typeof KNOWN_KERNELS)[number];

/** What serves a probe on a kernel. */
export type Served =
  | {
      /** It is on this symbol. */
      readonly is: "symbol";
      /** The name of the symbol. */
      readonly symbol: string;
    }
  /** The kernel has no such function, or inlined it everywhere. */
  | {
      /** The kernel has no such function, or inlined it everywhere. */
      readonly is: "absent";
    }
  /** It changed between the two known kernels around this one. */
  | {
      /** It changed between the two known kernels around this one. */
      readonly is: "not known";
    };

/** `6.17.13+deb13-amd64` as numbers; null where the text is no release. */
function versionOf(release: string): number | null {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})(?!\d)/.exec(release) ?? [];
  return major === undefined ? null : Number(major) * 1000 + Number(minor);
}

/**
 * The known kernels that a release stands between: twice the same one where it is known itself; null where
 * it is older or newer than all of them, or no release.
 */
export function knownAround(release: string): readonly [KnownKernel, KnownKernel] | null {
  const version = versionOf(release);
  if (version === null) return null;
  const below = KNOWN_KERNELS.findLast((known) => (versionOf(known) ?? 0) <= version);
  const above = KNOWN_KERNELS.find((known) => (versionOf(known) ?? 0) >= version);
  return below === undefined || above === undefined ? null : [below, above];
}

/** What serves a probe on a release that `knownAround` found known kernels for. */
export function servedOn(
  probe: Probe,
  [below, above]: readonly [KnownKernel, KnownKernel],
): Served {
  const symbol = symbolOn(probe, below);
  if (symbol !== symbolOn(probe, above)) return { is: "not known" };
  return symbol === null ? { is: "absent" } : { is: "symbol", symbol };
}

/** A tracepoint is named by its group, and is on every known kernel. */
function symbolOn(
  { type, name, system, symbols, function: fn }: Probe,
  kernel: KnownKernel,
): string | null {
  if (type === "tracepoint") return system === null ? name : `${system}:${name}`;
  const at = KNOWN_KERNELS.indexOf(kernel);
  const change = symbols.findLast(([since]) => KNOWN_KERNELS.indexOf(since) <= at);
  return change === undefined ? fn : change[1];
}
