// Who imports: a random token that no other import has, and what tells on this machine that its process is gone.

import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { DROPPED } from "../schema/dropped.js";

/**
 * What another import's process is seen to be. dead: it is gone. stopped: it is there, and waits for SIGCONT.
 * unknown: it is there and may do something else by now, or it is of another machine or PID namespace.
 */
type Life = "dead" | "stopped" | "unknown";

/** A new import by this process, as `token:pid:start time:boot id:PID namespace`. */
export function newImporter(): string {
  const started = statOf(process.pid)?.started ?? "";
  return [randomUUID(), process.pid, started, ...here()].join(":");
}

/** The pid of an import's process, in its own PID namespace; `?` = not told. */
export function pidOf(importer: string | null): string {
  return importer?.split(":")[1] ?? "?";
}

/** What an import's process is seen to be from here. */
export function lifeOf(importer: string | null): Life {
  // No import runs without a token, and none goes on with what is dropped.
  if (importer === null || importer === "" || importer === DROPPED) return "dead";
  const [, pid = "", started = "", ...where] = importer.split(":");
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
