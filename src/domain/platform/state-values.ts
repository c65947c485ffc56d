// The values of a state that functions of the kernel change: each is known only while every function that changes it
// would have printed a line.

/** Every value that some document states, with what it says. */
export const STATE_VALUES = {
  entry: "what a valid entry of the remapping table holds",
  "life of an entry": "whether an entry that is not valid is still what it was",
  prediction: "what the rules say of an entry whose writes are not shown",
  "run state": "whether a vCPU runs, waits or is off its CPU, and the CPU",
  "life of a vCPU": "whether a vCPU that does not run was freed",
  "AVIC state": "whether AVIC is active for a vCPU",
  "running bits": "IsRunning and GALogIntr of the physical ID entry",
  links: "which entries are on a vCPU's ir_list",
  connections: "which host IRQ is connected to which irqfd",
  irqfds: "which irqfds there are",
  routes: "what a GSI is routed to",
  inhibits: "what inhibits AVIC in a VM",
  "life of a VM": "whether a VM was destroyed",
  acceptances: "that a local APIC accepted an interrupt",
  "every rule": "what the rules demand of the kernel",
  "cause of a vCPU": "that a vCPU was loaded, put, blocked, unblocked, inhibited or un-inhibited",
  "cause of a route": "that a route changed, or a producer was added or removed",
  "cause of the host": "that the host set an affinity, activated or deactivated an interrupt",
} as const satisfies Readonly<Record<string, string>>;

/** The name of a value of the state. */
export type StateValue = keyof typeof STATE_VALUES;

/** What is known of the probes that a recording was made with. */
export interface ProbesSet {
  /** Is there a line of the probe, or does the capture script say that it was set? */
  readonly sees: (probe: string) => boolean;
  /** A header counts the lines, and none is missing: a probe of the recording's set without a line had none to print. */
  readonly isCounted: boolean;
  /** The profile by which the recording is read; null = not one. */
  readonly rules: string | null;
}
