// What stands in a recording that can be published in the place of what names somebody's tasks, hosts and VMs.
//
// A substitute follows from the original and a key, so it is the same in every table, and on every way that leads to
// the same recording. The key is made from the SHA-256 of the file, which a redacted recording does not show: whoever
// has the file can find the substitutes, and nobody else can try all pids. Or it is the user's, and the same for all recordings
// that belong together.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { TwinError } from "../../base/errors.js";
import { pidSubstitute } from "./pid-substitute.js";

/** So many hexadecimal digits that a substitute of a name has the length of a comm, 15 characters at most. */
const NAME_DIGITS = 10;
/** Names that ftrace and the kernel give, and that say nothing of the host. */
const OWN_NAMES = /^(?:<\.\.\.>|<idle>|swapper(?:\/\d{1,5})?)$/;
/** Threads of vCPUs, as QEMU, cloud-hypervisor, Firecracker and kvmtool name them, with what stands in front. */
const VCPU_THREAD = /^(.*?)(CPU \d{1,5}\/KVM|fc_vcpu \d{1,5}|kvm-vcpu-\d{1,5}|vcpu\d{1,5})$/s;
/** The end that `rewind` gives to the name of a file. */
const CUT_FILE = /^(.*)( \(up to line \d+\))$/s;
const POINTER = /^(0x)?([0-9a-f]+)$/i;

/** What a redacted recording says of itself. */
const MARK = "names, pids, pointers and texts are replaced";
/** A key that is shorter can be tried. */
const SECRET_BYTES_MIN = 16;
/** So many hexadecimal digits tell keys apart. */
const MARK_DIGITS = 16;

/** Makes the substitutes of one recording. */
export class Redaction {
  /** What the recording says of its redaction: recordings whose marks tell the same key have the same substitutes. */
  readonly mark: string;
  private readonly key: Buffer;
  private readonly names = new Map<string, string>();
  private readonly pids = new Map<number, number>();

  /**
   * `sha256`: that of the recording's file; null = not known, so the substitutes are those of this object alone. `own`: the
   * user's key, from which they follow then.
   */
  constructor(sha256: string | null, own: Uint8Array | null = null) {
    const secret = own ?? (sha256 === null ? randomBytes(32) : Buffer.from(sha256, "hex"));
    this.key = createHash("sha256").update("irqtwin redaction key").update(secret).digest();
    this.mark = own === null ? MARK : `${MARK}, key ${this.digits("mark", MARK_DIGITS)}`;
  }

  /** The substitute of a name: of a VM, a host, a file, a boot. An empty one stays. */
  name(text: string): string {
    if (text === "") return "";
    let known = this.names.get(text);
    if (known === undefined) {
      known = `name_${this.digits(`name ${text}`, NAME_DIGITS)}`;
      this.names.set(text, known);
    }
    return known;
  }

  /** The substitute of a task's name. What tells the vCPU of a thread stays, and so do names of idle tasks. */
  comm(text: string): string {
    if (OWN_NAMES.test(text)) return text;
    const [, front = "", vcpu] = VCPU_THREAD.exec(text) ?? [];
    if (vcpu === undefined) return this.name(text);
    return front === "" ? vcpu : `${this.name(front)} ${vcpu}`;
  }

  /** The substitute of a pid or a thread's id. 0 stays. */
  pid(pid: number): number {
    let known = this.pids.get(pid);
    if (known === undefined) {
      known = pidSubstitute(this.key, pid);
      this.pids.set(pid, known);
    }
    return known;
  }

  /** The substitute of an address as the trace prints it: another one of the same form. */
  pointer(text: string): string {
    const [, prefix = "", digits = ""] = POINTER.exec(text) ?? [];
    if (digits === "" || digits.length > 64) return this.name(text);
    return prefix + this.digits(`pointer ${digits.toLowerCase()}`, digits.length);
  }

  /** The substitute of the name of a file. */
  file(text: string): string {
    const [, whole = text, end = ""] = CUT_FILE.exec(text) ?? [];
    return whole === "-" ? text : this.name(whole) + end;
  }

  private digits(text: string, count: number): string {
    return createHmac("sha256", this.key).update(text).digest("hex").slice(0, count);
  }
}

/** Throws ERR_USAGE where there is a key and nothing is redacted, or where the key can be tried. */
export function refuseKey({
  redact,
  redactKey,
}: {
  readonly redact?: boolean | undefined;
  readonly redactKey?: Uint8Array | undefined;
}): void {
  if (redactKey === undefined) return;
  if (redact !== true)
    throw new TwinError("ERR_USAGE", "`redactKey` is that of a redaction: give `redact` too");
  if (redactKey.length < SECRET_BYTES_MIN)
    throw new TwinError(
      "ERR_USAGE",
      `\`redactKey\` has ${redactKey.length} bytes: ${SECRET_BYTES_MIN} or more are needed that nobody can guess, such as those of head -c 32 /dev/urandom`,
    );
}

/** Which key a mark tells; null = none, so that its substitutes are those of its recording alone. */
export function keyOfMark(mark: string): string | null {
  return mark.startsWith(`${MARK}, key `) ? mark.slice(MARK.length) : null;
}

/** What stands for a text that nobody has understood: what it is, and how many characters it has. */
export function redactedText(kind: string, text: string): string {
  return `[${kind}, ${text.length} characters]`;
}

/** What a redacted recording has for the SHA-256 of a file: it tells files apart, and does not lead to the key. */
export function redactedHash(sha256: string): string {
  return createHash("sha256").update("irqtwin redacted file").update(sha256).digest("hex");
}
