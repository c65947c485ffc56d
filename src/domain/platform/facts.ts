// Facts about a host that a recording shows or does not show. Which probes show one stands in the probes'
// rows: a new probe names here only what no other probe shows.

/** A fact about a host. */
export interface Fact {
  /** Does any of its probes show it, or only all of them together? */
  readonly by: "any" | "all";
  /** What it tells, in a few words. */
  readonly says: string;
}

/** Every fact that some question asks for. */
export const FACTS = {
  "IRTE writes": any("what is written to the entries of the remapping table"),
  "vCPU state": any("where a vCPU runs, or whether it waits"),
  "vCPU runs": all("each load, put, block and unblock of a vCPU with AVIC"),
  "loads while inhibited": any("where a vCPU runs whose AVIC is inhibited"),
  links: any("which IRTEs are on a vCPU's ir_list"),
  "host IRQ of an IRTE": any("which host IRQ an entry serves"),
  "IRTE of a host IRQ": any("which entry of which table a host IRQ has"),
  irqfds: any("which irqfds there are"),
  "GSI of a host IRQ": any("which irqfd a host IRQ is connected to"),
  allocation: all("that an entry begins a new life"),
  free: any("that an entry ends its life"),
  "host affinity": any("which vector and CPU the host wants"),
  activation: all("whether an entry is valid"),
  deactivation: any("that an entry stops being valid"),
  "end of an interrupt": any("that the host's interrupt of an entry goes"),
  posting: any("that the driver is asked to post"),
  "posting requests": any("that KVM decides anew what is posted"),
  "refusal to post": any("that the driver did not post"),
  "AVIC refresh": any("that a vCPU takes up AVIC's new state"),
  "AVIC inhibits": any("that AVIC is inhibited, or no longer"),
  "every writer": all("each function that writes IRTEs as a matter of course"),
  "standard set": any("that more than the minimal set of probes was recorded"),
  "full set": any("that the full set of probes was recorded"),
} as const satisfies Readonly<Record<string, Fact>>;

/** The name of a fact. */
export type FactName = keyof typeof FACTS;

function any(says: string): Fact {
  return { by: "any", says };
}

function all(says: string): Fact {
  return { by: "all", says };
}

/** The sets of probes that recordings are made with; each holds the set before it. */
export const LEVELS = ["minimal", "standard", "full"] as const;

/** The name of a set of probes. */
export type Level = (typeof LEVELS)[number];

/** The set of probes that a recording was made with; none = it shows no write of an entry. */
export type ProbeLevel = Level | "none";
