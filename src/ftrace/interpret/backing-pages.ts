// Which vCPU a posted entry is for, where the creation of the vCPU was not seen: the entry holds the page of the
// vCPU's vAPIC, and so does the physical ID entry that the probes of its loads and puts print. A vCPU keeps its page
// for life, so an entry with that page that is written between two lines of the vCPU is its own, and its GA tag holds
// the vCPU's names.

import { decodeGaTag, type GaTag } from "../../domain/amd/irte/ga-tag.js";
import { IRTE } from "../../domain/amd/irte/irte-fields.js";
import { type Rules } from "../../domain/amd/releases/releases.js";
import { type Seq } from "../../domain/values/ids.js";
import { type IrteBits } from "../../domain/values/bits.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";

/** A tag counts if so many lines show it together with the page: one damaged line tells nothing. */
const LINES_NEEDED = 2;

/** What the lines have shown of one vCPU. */
interface Shown {
  readonly vm: VmRow;
  readonly vcpu: VcpuRow;
  /** Its page, as a page frame number. */
  page: number;
  /** By GA tag: the lines that showed it with the page, since the last line of the vCPU, and before that. */
  readonly waiting: Map<number, Seq[]>;
  readonly tags: Map<number, Seq[]>;
}

/** A GA tag that belongs to a vCPU, and the event that made it sure. */
export interface ProvenTag {
  /** The row of the vCPU. */
  readonly vcpu: VcpuRow;
  /** The tag. */
  readonly tag: GaTag;
  /** The event that made it sure. */
  readonly seq: Seq;
}

/** The pages of the vCPUs of one recording, and the GA tags that stand beside them. */
export class BackingPages {
  private readonly byPage = new Map<number, Shown>();
  private readonly byVcpu = new Map<number, Shown>();

  /** Is there no vCPU whose names are to be found out? */
  get isEmpty(): boolean {
    return this.byPage.size === 0;
  }

  /** A line of the vCPU shows its page. Returns true if that makes a tag of it sure. */
  shows(vm: VmRow, vcpu: VcpuRow, page: number): boolean {
    if (page === 0) return false;
    let shown = this.byVcpu.get(vcpu.id);
    if (shown === undefined) {
      shown = { vm, vcpu, page, waiting: new Map(), tags: new Map() };
      this.byVcpu.set(vcpu.id, shown);
    }
    if (shown.page !== page) {
      this.release(shown);
      shown.page = page;
    }
    this.byPage.set(page, shown);
    return confirm(shown);
  }

  /** The vCPU is freed: up to here it was there. Returns true if that makes a tag of it sure. */
  freed(vcpu: VcpuRow): boolean {
    const shown = this.byVcpu.get(vcpu.id);
    if (shown === undefined || this.byPage.get(shown.page) !== shown) return false;
    const isSure = confirm(shown);
    this.release(shown);
    return isSure;
  }

  /** A line shows that an entry with this page has this tag. */
  posted(page: number, tag: number, seq: Seq): void {
    const shown = this.byPage.get(page);
    if (shown !== undefined) note(shown.waiting, tag, [seq]);
  }

  /** A line shows the bits of an entry. */
  written(bits: IrteBits, seq: Seq): void {
    if (this.isEmpty || !IRTE.guest_mode.isSet(bits)) return;
    this.posted(IRTE.ga_root_ptr.read(bits), IRTE.ga_tag.read(bits), seq);
  }

  /** The tags that are sure of the vCPUs of a VM. */
  provenOf(vm: VmRow, rules: Rules): readonly ProvenTag[] {
    return [...this.byVcpu.values()]
      .filter((shown) => shown.vm === vm)
      .flatMap((shown) => provenTag(shown, rules) ?? []);
  }

  /** Events were lost: whose page it is is not known any more. What was sure stays so. */
  forget(): void {
    for (const shown of this.byPage.values()) shown.waiting.clear();
    this.byPage.clear();
  }

  private release(shown: Shown): void {
    shown.waiting.clear();
    if (this.byPage.get(shown.page) === shown) this.byPage.delete(shown.page);
  }
}

/** The vCPU is still there: the entries since its last line were its own. */
function confirm(shown: Shown): boolean {
  const { waiting, tags } = shown;
  if (waiting.size === 0) return false;
  let isSure = false;
  for (const [tag, seqs] of waiting) {
    const before = tags.get(tag)?.length ?? 0;
    note(tags, tag, seqs);
    isSure ||= before < LINES_NEEDED && (tags.get(tag)?.length ?? 0) >= LINES_NEEDED;
  }
  waiting.clear();
  return isSure;
}

function note(tags: Map<number, Seq[]>, tag: number, seqs: readonly Seq[]): void {
  const noted = tags.get(tag);
  if (noted === undefined) tags.set(tag, seqs.slice(0, LINES_NEEDED));
  else if (noted.length < LINES_NEEDED) noted.push(...seqs.slice(0, LINES_NEEDED - noted.length));
}

/** The one tag that enough lines show; null = none, or several do. */
function provenTag({ vcpu, tags }: Shown, rules: Rules): ProvenTag | null {
  const sure = [...tags].filter(([, seqs]) => seqs.length >= LINES_NEEDED);
  const [only] = sure;
  if (only === undefined || sure.length > 1) return null;
  const tag = decodeGaTag(only[0], rules);
  if (tag.vm_id === 0) return null;
  if (rules.tagVcpuField === "vcpu_id" && tag.vcpu !== vcpu.vcpu_id) return null;
  return { vcpu, tag, seq: only[1].at(-1) ?? 0 };
}
