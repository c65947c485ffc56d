// How the files that a plan needs are copied from a host that has no irqtwin.

import { MODULES } from "../plan/symbol.js";

/**
 * Lines for a POSIX shell that put the files into one archive. The kernel tells the size of its files as 0, so they are
 * copied with cat. A file that is missing is left out.
 */
export function copyLines(): readonly string[] {
  const btf = ["vmlinux", ...MODULES].map((name) => `sys/kernel/btf/${name}`);
  const files = ["proc/sys/kernel/osrelease", "proc/kallsyms", ...btf].join(" ");
  return [
    "# As root on the host. It changes nothing there but for the folder that it makes and the archive.",
    "d=$(mktemp -d) && cd / &&",
    `for f in ${files}; do`,
    '\t[ -r "$f" ] && mkdir -p "$d/${f%/*}" && cat "$f" >"$d/$f"',
    "done",
    'tar -C "$d" -czf /tmp/irqtwin-host.tar.gz . && rm -r "$d" && echo /tmp/irqtwin-host.tar.gz',
    "# Then, where irqtwin is:",
    "#   mkdir host && tar -C host -xzf irqtwin-host.tar.gz && irqtwin capture --root host >record.sh",
  ];
}
