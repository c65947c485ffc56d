// Folders for what a process needs while it runs. Each has its process in its name, so what one that was killed has left is
// removed by the next one that makes a folder.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lifeOfProcess, ownProcess } from "./process-life.js";

/** pid, start time, boot and PID namespace, and what makes the name one of its own. */
const NAME = /^irqtwin-(\d+)\.(\d*)\.([\da-f-]*)\.(\d*)-[^.]+$/;

let isSwept = false;

/** Makes a folder in the one for temporary files; its path. Who asks for it removes it. Throws what the file system says. */
export function makeScratchFolder(): string {
  if (!isSwept) sweep();
  isSwept = true;
  return mkdtempSync(join(tmpdir(), `irqtwin-${ownProcess().join(".")}-`));
}

/** Removes a folder with all that is in it. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes the folders of processes that are gone. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, ...owner] = NAME.exec(name) ?? [];
    if (owner.length === 0 || lifeOfProcess(owner) !== "dead") continue;
    try {
      removeFolder(join(tmpdir(), name));
    } catch {
      // It is another user's, who will remove it.
    }
  }
}
