// Which process something belongs to, and what tells on this machine that it is gone.

import { readFileSync, readlinkSync } from "node:fs";

/**
 * What a process is seen to be. dead: it is gone. stopped: it is there, and waits for SIGCONT. unknown: it is there and may
 * do something else by now, or it is of another machine or PID namespace.
 */
export type Life = "dead" | "stopped" | "unknown";

/** This process, told from all others: its pid, its start time, the boot and the PID namespace. */
export function ownProcess(): readonly string[] {
  return [String(process.pid), statOf(process.pid)?.started ?? "", ...here()];
}

/** What a process is seen to be from here; as ownProcess() has told it. */
export function lifeOfProcess([pid = "", started = "", ...where]: readonly string[]): Life {
  const [boot, namespace] = here();
  // A pid means nothing in another PID namespace, and its start time nothing after another boot.
  if (started === "" || boot === "" || where[0] !== boot || where[1] !== namespace)
    return "unknown";
  const now = statOf(Number(pid));
  if (now?.started !== started || now.state === "Z") return "dead";
  return /[Tt]/.test(now.state) ? "stopped" : "unknown";
}

/** The boot and the PID namespace in which this process runs; empty where there is no /proc. */
function here(): readonly [boot: string, namespace: string] {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return [boot, readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")];
  } catch {
    return ["", ""];
  }
}

/** State and start time (clock ticks since boot) of a process: fields 3 and 22 of /proc/PID/stat; null = no such process. */
function statOf(pid: number): { readonly state: string; readonly started: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: fields[19] ?? "" };
  } catch {
    return null;
  }
}
