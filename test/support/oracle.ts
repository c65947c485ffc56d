// A second, naive fold of the raw text: one regular expression a line, no code shared with src.
// What `at` says must equal it at every moment.

export interface OracleState {
  /** `devid/index` to [lo, hi] as 16 digits. */
  readonly irtes: Map<string, readonly [string, string]>;
  /** `vmN/vcpuM` to run state and CPU. */
  readonly vcpus: Map<string, { run: string; pcpu: number | null }>;
  /** `vmN/gsi` to the route's MSI data and address, after the series. */
  readonly routes: Map<string, { type: number; data: number }>;
}

export interface OracleLine {
  readonly line: number;
  readonly time: bigint;
  readonly apply: ((state: OracleState) => void) | null;
}

const LINE = /^.{16}-(\d+)\s+\[(\d+)\]\s+\S+\s+(\d+)(?:\.(\d+))?: (\w+): (.*)$/;

/** Every line that has a time, with what it does to the state. */
export function* oracleLines(text: string): IterableIterator<OracleLine> {
  const vmOfKvm = new Map<string, number>();
  const alloc = new Map<string, string>();
  /** pid to the vCPU whose refresh or block is under way: nested AVIC calls are no load or put. */
  const nested = new Map<string, string>();
  /** pid to the entry whose write was entered. */
  const writing = new Map<string, string>();
  let number = 0;
  const hasSvm = text.includes(" svm_vcpu_load: ");
  const seesExchanges = text.includes(" irte_cmpxchg: ");
  for (const raw of text.split("\n")) {
    number++;
    const match = LINE.exec(raw);
    if (match === null) continue;
    const [, pid = "", cpu = "", whole = "", fraction, name = "", body = ""] = match;
    const time =
      fraction === undefined
        ? BigInt(whole)
        : BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
    const fields = new Map(
      [...body.matchAll(/(\w+)=(\S+)/g)].map(([, key = "", value = ""]) => [key, value]),
    );
    const vm_id = Number(fields.get("vm_id") ?? 0);
    const kvm = fields.get("kvm");
    if (kvm !== undefined && vm_id > 0) vmOfKvm.set(kvm, vm_id);
    const vcpu =
      kvm === undefined ? "" : `vm${vmOfKvm.get(kvm) ?? "?"}/vcpu${fields.get("id") ?? "?"}`;
    yield {
      line: number,
      time,
      apply: effectOf(name, {
        pid,
        cpu,
        fields,
        vcpu,
        alloc,
        nested,
        writing,
        hasSvm,
        seesExchanges,
        vm: vmOfKvm.get(kvm ?? ""),
      }),
    };
  }
}

interface Context {
  readonly pid: string;
  readonly cpu: string;
  readonly fields: Map<string, string>;
  readonly vcpu: string;
  readonly vm: number | undefined;
  readonly alloc: Map<string, string>;
  readonly nested: Map<string, string>;
  readonly writing: Map<string, string>;
  readonly hasSvm: boolean;
  readonly seesExchanges: boolean;
}

function effectOf(name: string, at: Context): ((state: OracleState) => void) | null {
  const { fields, vcpu, pid, alloc } = at;
  const get = (key: string): string => fields.get(key) ?? "";
  const irte = `${Number(get("devid"))}/${get("index")}`;
  switch (name) {
    case "irte_write":
    case "irte_cmpxchg":
      return writeOf(name, at);
    case "irte_alloc":
      alloc.set(pid, get("devid"));
      return null;
    case "irte_alloc_ret": {
      const key = `${Number(alloc.get(pid))}/${get("index")}`;
      return (state) => state.irtes.set(key, ["0".repeat(16), "ff".padStart(16, "0")]);
    }
    case "irte_free":
      return (state) => state.irtes.set(irte, ["0".repeat(16), "0".repeat(16)]);
    case "update_irqfd_routing": {
      if (!fields.has("new_type") || at.vm === undefined) return null;
      const route = { type: Number(get("new_type")), data: Number(get("new_data")) };
      return (state) => state.routes.set(`vm${at.vm ?? 0}/${get("gsi")}`, route);
    }
    case "svm_vcpu_free":
      return (state) => state.vcpus.set(vcpu, { run: "freed", pcpu: null });
    case "avic_init_vcpu_ret":
      return (state) => state.vcpus.set(vcpu, { run: "out", pcpu: null });
    case "avic_blocking":
      at.nested.set(pid, "block");
      return (state) => state.vcpus.set(vcpu, { run: "blocking", pcpu: runningOrUnseen(at).pcpu });
    case "avic_unblocking":
      at.nested.set(pid, "load");
      return (state) => state.vcpus.set(vcpu, runningOrUnseen(at));
    case "avic_refresh":
      at.nested.set(pid, get("apicv_active") === "0" ? "put" : "load");
      return (state) => state.vcpus.set(vcpu, runningOrUnseen(at));
    default:
      return loadOrPut(name, at);
  }
}

/** The table changes with the exchanges; with the writes where the trace has none. */
function writeOf(
  name: "irte_write" | "irte_cmpxchg",
  { fields, pid, writing, seesExchanges }: Context,
): ((state: OracleState) => void) | null {
  const get = (key: string): string => fields.get(key) ?? "";
  const digits = (key: string): string => BigInt(get(key)).toString(16).padStart(16, "0");
  if (name === "irte_cmpxchg") {
    const bits = [digits("new_lo"), digits("new_hi")] as const;
    const entry = writing.get(pid);
    return entry === undefined ? null : (state) => state.irtes.set(entry, bits);
  }
  const irte = `${Number(get("devid"))}/${get("index")}`;
  const bits = [digits("lo"), digits("hi")] as const;
  writing.set(pid, irte);
  return seesExchanges ? null : (state) => state.irtes.set(irte, bits);
}

/** With AVIC inhibited and only AVIC's functions probed, the next put would not be seen. */
function runningOrUnseen({ fields, cpu, hasSvm }: Context): { run: string; pcpu: number | null } {
  return fields.get("apicv_active") === "0" && !hasSvm
    ? { run: "unknown", pcpu: null }
    : { run: "running", pcpu: Number(cpu) };
}

function loadOrPut(
  name: string,
  { fields, vcpu, pid, nested, hasSvm }: Context,
): ((state: OracleState) => void) | null {
  const isLoad = name === (hasSvm ? "svm_vcpu_load" : "avic_vcpu_load");
  const isPut = name === (hasSvm ? "svm_vcpu_put" : "avic_vcpu_put");
  if (!isLoad && !isPut) return null;
  const inside = nested.get(pid);
  nested.delete(pid);
  // Without svm_vcpu_*: the AVIC call inside a block, unblock or refresh moves no vCPU.
  if (!hasSvm && isPut && (inside === "put" || inside === "block")) return null;
  const cpu = Number(fields.get("cpu") ?? 0);
  return (state) => {
    const before = state.vcpus.get(vcpu);
    const run = before?.run === "blocking" ? "blocking" : isLoad ? "running" : "out";
    state.vcpus.set(vcpu, { run, pcpu: isLoad ? cpu : null });
  };
}
