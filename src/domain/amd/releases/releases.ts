// What each kernel release does differently, in one table. A row is a difference, named by the patch of the
// series "KVM: iommu: Overhaul device posted IRQs support" (62 patches, merged for 6.17) or by the fix that
// made it; a column is a rules profile: a release, and those that behave as it does. All that the profiles
// share is written once, in the rules, and asks this table where they part.
//
// To add a release: its column, which is its head in COLUMNS and its cell in each row. Everything else follows
// from the cells: which invariants hold, which bugs it has, how its GA tag is packed, which kernels are judged
// by it.

/**
 * The heads of the columns, oldest first: the name of the profile, and the kernel releases (major.minor) that
 * are judged by it. 6.13 to 6.15 behave as 6.16 does, because the series came with 6.17.
 */
const COLUMNS = [
  ["6.1", "6.1"],
  ["6.12", "6.12"],
  ["6.16", "6.13 6.14 6.15 6.16"],
  ["6.17", "6.17"],
  ["6.18", "6.18"],
  ["7.3", "6.19 7.0 7.1 7.2 7.3"],
] as const;

/** The name of a rules profile: the release that it was made from. */
export type RulesId = (typeof COLUMNS)[number][0];

/** Every rules profile, oldest first. */
export const RULES_IDS: readonly RulesId[] = COLUMNS.map(([id]) => id);

/** The kernel releases (major.minor) that are judged by a profile. */
export function releasesOf(id: RulesId): readonly string[] {
  return COLUMNS.find(([name]) => name === id)?.[1].split(" ") ?? [];
}

/** One cell for each column: a row that lacks one does not compile. */
type Cells<Heads extends readonly unknown[] = typeof COLUMNS> = {
  readonly [Column in keyof Heads]: boolean;
};

/** One difference between releases. */
export interface ReleaseRow {
  /** Number of the patch in the series, or the name of the fix. */
  readonly patch: string;
  /** What a release does where its cell says yes. */
  readonly says: string;
  /** The kernel's function and file. */
  readonly where: string;
  /** By column. */
  readonly in: readonly boolean[];
}

const AVIC = "arch/x86/kvm/svm/avic.c";
const IOMMU = "drivers/iommu/amd/iommu.c";
const no = false;
const yes = true;

function row(patch: string, says: string, where: string, ...cells: Cells): ReleaseRow {
  return { patch, says, where, in: cells };
}

// prettier-ignore
const TABLE = {
  //                                                                                                       6.1  6.12 6.16 6.17 6.18 7.3
  linksIrqfd: row("04", "the element of an ir_list is the irqfd itself, which dies with it",
    `avic_pi_update_irte(), ${AVIC}`,                                                                       no,  no,  no,  yes, yes, yes),
  unlinksFirst: row("05, 07", "an update takes the IRTE off its old vCPU's ir_list before anything else",
    `avic_pi_update_irte(), ${AVIC}`,                                                                       no,  no,  no,  yes, yes, yes),
  updatesLostRoute: row("07, 23", "an entry whose GSI has lost its route is remapped and unlinked",
    `avic_pi_update_irte(), ${AVIC}`,                                                                       no,  no,  no,  yes, yes, yes),
  skipsWithoutTarget: row("35", "the driver is not called where there was no target and is none",
    "kvm_pi_update_irte(), arch/x86/kvm/irq.c",                                                             no,  no,  no,  yes, yes, yes),
  skipsDeassigned: row("36", "del_producer after KVM_IRQFD DEASSIGN takes the route for gone and updates nothing",
    "kvm_arch_irq_bypass_del_producer(), arch/x86/kvm/irq.c; fixed for CVE-2026-23198",                     no,  no,  no,  yes, no,  no),
  postsInOneWrite: row("38, 42", "posting to a running vCPU is one write that has its CPU",
    `amd_iommu_activate_guest_mode(), ${IOMMU}`,                                                            no,  no,  no,  yes, yes, yes),
  linksInhibited: row("43", "a route set while AVIC is inhibited is stored and linked, and posted on un-inhibit",
    `avic_pi_update_irte(), ${AVIC}`,                                                                       no,  no,  no,  yes, yes, yes),
  togglesInOneWrite: row("57, 59", "an inhibit or un-inhibit is one write for each IRTE, with the CPU",
    `avic_refresh_apicv_exec_ctrl(), ${AVIC}`,                                                              no,  no,  no,  yes, yes, yes),
  logsOnlyBlocking: row("60, 61", "GALogIntr only while the vCPU blocks, else always while posted",
    `__avic_vcpu_put(), ${AVIC}; amd_iommu_update_ga(), ${IOMMU}`,                                          no,  no,  no,  yes, yes, yes),
  tagsVcpuIdx: row("55", "the GA tag has vcpu_idx, else vcpu_id",
    `AVIC_GATAG(), ${AVIC}`,                                                                                no,  no,  no,  yes, yes, yes),
  tagsIn12Bits: row("4K vCPUs of x2AVIC", "the vCPU's field of the GA tag has 12 bits, else 9",
    `AVIC_PHYSICAL_MAX_INDEX_MASK, ${AVIC}`,                                                                no,  no,  no,  no,  no,  yes),
  storesRunBits: row("amd_iommu_update_ga() by modify_irte_ga()",
    "IsRun and the CPU go into the table alone, by direct stores: a later rewrite carries those of the posting",
    `amd_iommu_update_ga(), ${IOMMU}`,                                                                      yes, no,  no,  no,  no,  no),
} as const satisfies Readonly<Record<string, ReleaseRow>>;

/** The name of a row. */
export type Difference = keyof typeof TABLE;

/** The table, row by row. */
export const DIFFERENCES: readonly (ReleaseRow & { readonly name: Difference })[] = Object.entries(
  TABLE,
).map(([name, entry]) => ({ name: name as Difference, ...entry }));

/** How a profile packs the GA tag of a posted IRTE. */
export interface TagPacking {
  /** Width of the vCPU field of the GA tag; the VM's avic_vm_id stands above it. */
  readonly tagVcpuBits: 9 | 12;
}

/** A profile: one column of the table. */
export interface Rules extends TagPacking, Readonly<Record<Difference, boolean>> {
  /** The name of the profile, such as `6.17`. */
  readonly id: RulesId;
  /** Before or after the series: whose functions call whom, and in which format they print. */
  readonly series: "before" | "after";
  /** What the vCPU field holds. */
  readonly tagVcpuField: "vcpu_id" | "vcpu_idx";
}

function column(id: RulesId, at: number): Rules {
  const flags = Object.fromEntries(
    DIFFERENCES.map(({ name, in: cells }) => [name, cells[at] === true]),
  ) as Record<Difference, boolean>;
  return {
    ...flags,
    id,
    series: flags.unlinksFirst ? "after" : "before",
    tagVcpuBits: flags.tagsIn12Bits ? 12 : 9,
    tagVcpuField: flags.tagsVcpuIdx ? "vcpu_idx" : "vcpu_id",
  };
}

/** The profiles by name. */
export const RULES: Readonly<Record<RulesId, Rules>> = Object.fromEntries(
  RULES_IDS.map((id, at) => [id, column(id, at)]),
) as Record<RulesId, Rules>;

/** The profiles of which something holds, oldest first. */
export function profilesWhere(holds: (rules: Rules) => boolean): readonly RulesId[] {
  return RULES_IDS.filter((id) => holds(RULES[id]));
}

/** The rows in which two profiles differ. */
export function differencesOf(a: RulesId, b: RulesId): typeof DIFFERENCES {
  return DIFFERENCES.filter(({ name }) => RULES[a][name] !== RULES[b][name]);
}

/** Is the text the name of a profile? */
export function isRulesId(text: string): text is RulesId {
  return Object.hasOwn(RULES, text);
}

/** The profile of a kernel release such as `6.17.13+deb13-amd64`; null = it has none. */
export function rulesOfRelease(release: string): RulesId | null {
  const [, version] = /^(\d+\.\d+)/.exec(release) ?? [];
  if (version === undefined) return null;
  const found = COLUMNS.find(([, kernels]) => kernels.split(" ").includes(version));
  return found?.[0] ?? null;
}
