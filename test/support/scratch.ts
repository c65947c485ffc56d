// A folder for a test file's databases and inputs, removed when its tests have run.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export class Scratch {
  private readonly folder = mkdtempSync(join(tmpdir(), "irqtwin-test-"));
  private names = 0;

  /** Call at the top of a test file. */
  constructor() {
    afterAll(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** A path that no one has used yet. */
  path(suffix: string): string {
    this.names++;
    return join(this.folder, `${this.names}${suffix}`);
  }

  /** A new file with these bytes. */
  file(suffix: string, content: string | Buffer): string {
    const path = this.path(suffix);
    writeFileSync(path, content);
    return path;
  }
}
