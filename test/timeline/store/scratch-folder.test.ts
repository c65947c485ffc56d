// Folders for a process's own use: what one that was killed has left is removed by the next, and nothing else is.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();
const children: ChildProcess[] = [];
const MODULE = pathToFileURL(join(process.cwd(), "dist/timeline/store/scratch-folder.js")).href;
const PROGRAM = `
  const { makeScratchFolder } = await import(${JSON.stringify(MODULE)});
  process.stdout.write(makeScratchFolder());
  setInterval(() => undefined, 1000);
`;

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that has made a folder in the one for temporary files, and lives on. */
async function started(tmp: string): Promise<{ child: ChildProcess; folder: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    env: { ...process.env, TMPDIR: tmp },
  });
  children.push(child);
  const [folder] = (await once(child.stdout, "data")) as [Buffer];
  return { child, folder: folder.toString() };
}

test("the next process removes what one that was killed has left, and nothing of one that lives", async () => {
  const tmp = scratch.path("");
  const others = ["irqtwin-AbCdEf", "irqtwin-1.2.another-boot.3-AbCdEf", "irqtwin-notes"];
  for (const name of others) mkdirSync(join(tmp, name), { recursive: true });
  const killed = await started(tmp);
  const lives = await started(tmp);
  expect(existsSync(killed.folder)).toBe(true);
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  const next = await started(tmp);
  expect(existsSync(killed.folder)).toBe(false);
  for (const folder of [lives.folder, next.folder, ...others.map((name) => join(tmp, name))])
    expect(existsSync(folder), folder).toBe(true);
});
