// A dump of another boot or another kernel than the recording's says nothing of it.

import { TwinError } from "../../base/errors.js";
import { type Sniffed } from "../../source/sniffed.js";
import { type Anchor } from "./anchor.js";

/** The line of the capture script that names the boot. */
const BOOT = /# irqtwin boot_id: ([0-9a-f-]+)/;

/** Throws ERR_ANCHOR if a dump names another kernel or boot than the recording does, of which these are the first bytes. */
export function refuseOtherHost(
  anchor: Anchor | null,
  { kernel }: Pick<Sniffed, "kernel">,
  head: Buffer,
): void {
  if (anchor === null) return;
  const { file, release, boot_id } = anchor.host;
  const boot = BOOT.exec(head.toString("latin1"))?.[1] ?? null;
  if (release !== null && kernel !== null && !isSameRelease(release, kernel))
    throw otherHost(file, "kernel", release, kernel);
  if (boot_id !== null && boot !== null && boot_id !== boot)
    throw otherHost(file, "boot", boot_id, boot);
}

/** Users give releases without their end, such as 6.17.13 for 6.17.13+deb13-amd64. */
function isSameRelease(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long === short || (long.startsWith(short) && !/\d/.test(long.charAt(short.length)));
}

function otherHost(file: string, what: string, dumps: string, recordings: string): TwinError {
  return new TwinError(
    "ERR_ANCHOR",
    `${file} is a dump of ${what} ${dumps}, and the recording is of ${what} ${recordings}: what the dump shows is not this recording's`,
  );
}
