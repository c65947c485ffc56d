// Which process imports: so that a second import can tell one that runs from one that died.

import { readFileSync } from "node:fs";

/** This process, as `pid:start time`. A pid alone could be another process later. */
export function thisImporter(): string {
  return `${process.pid}:${startTime(process.pid) ?? ""}`;
}

/** Does the process of this `pid:start time` still run? */
export function importerIsAlive(importer: string | null): boolean {
  const [pidText = "", started = ""] = (importer ?? "").split(":");
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  const now = startTime(pid);
  return started === "" || now === started;
}

/** Field 22 of /proc/PID/stat (clock ticks since boot); null where there is no /proc, or no such process. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
