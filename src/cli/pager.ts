// A pager on a terminal, as `git log` has one. A pipe or a file never gets one.

import { spawn, type ChildProcess } from "node:child_process";

/** The pager that a user wants: $IRQTWIN_PAGER, $PAGER, else less; null = none. */
export function wantedPager(env: NodeJS.ProcessEnv): string | null {
  const wanted = env["IRQTWIN_PAGER"] ?? env["PAGER"] ?? "less";
  return wanted === "" || wanted === "cat" ? null : wanted;
}

/** A running pager. */
export class Pager {
  /** What is written here is shown. */
  readonly fd: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, fd: number) {
    this.child = child;
    this.fd = fd;
  }

  /** Starts a pager; null = it cannot be started. A shell runs it: the variables may have options. */
  static start(command: string): Pager | null {
    const child = spawn(command, {
      shell: true,
      stdio: ["pipe", "inherit", "inherit"],
      // As git does: end where all fits on one screen, keep colours, leave the screen as it is.
      env: { LESS: "FRX", LV: "-c", ...process.env },
    });
    child.on("error", () => undefined);
    const { stdin } = child;
    const fd = descriptorOf(stdin);
    if (fd === null) return null;
    stdin.on("error", () => undefined);
    // The pager takes Ctrl-C for itself.
    process.on("SIGINT", ignore);
    return new Pager(child, fd);
  }

  /** Nothing more is to be shown: waits until the user has seen it. */
  async end(): Promise<void> {
    const { child } = this;
    const closed = new Promise<void>((resolve) => {
      child.once("close", () => {
        resolve();
      });
    });
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await closed;
    process.off("SIGINT", ignore);
  }
}

const ignore = (): void => undefined;

/** The file descriptor of a pipe to a child: output is written synchronously. Null where Node has none. */
function descriptorOf(stream: object): number | null {
  const handle: unknown = Reflect.get(stream, "_handle");
  if (typeof handle !== "object" || handle === null || !("fd" in handle)) return null;
  return typeof handle.fd === "number" && handle.fd >= 0 ? handle.fd : null;
}
