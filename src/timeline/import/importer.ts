// Who imports: a random token that no other import has, and what tells on this machine that its process is gone.

import { randomUUID } from "node:crypto";
import { DROPPED } from "../schema/dropped.js";
import { lifeOfProcess, ownProcess, type Life } from "../store/process-life.js";

/** A new import by this process, as `token:pid:start time:boot id:PID namespace`. */
export function newImporter(): string {
  return [randomUUID(), ...ownProcess()].join(":");
}

/** The pid of an import's process, in its own PID namespace; `?` = not told. */
export function pidOf(importer: string | null): string {
  return importer?.split(":")[1] ?? "?";
}

/** What an import's process is seen to be from here. */
export function lifeOf(importer: string | null): Life {
  // No import runs without a token, and none goes on with what is dropped.
  if (importer === null || importer === "" || importer === DROPPED) return "dead";
  const [, ...owner] = importer.split(":");
  return lifeOfProcess(owner);
}
