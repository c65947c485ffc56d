// A process that answers one question after another, and is killed and replaced where it hangs or dies.

import { fork, type ChildProcess, type Serializable } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Of V8's heap, in MiB: what needs more ends with an error. */
const HEAP_MB_MAX = 1024;

/** Asks a process. `Question` and `Answer` are what it takes and gives as messages. */
export class WatchedProcess<Question extends Serializable, Answer> {
  private readonly program: URL;
  private readonly operand: string;
  private child: ChildProcess | null = null;

  /** `program`: a module. `operand`: what its command line has. */
  constructor(program: URL, operand: string) {
    this.program = program;
    this.operand = operand;
  }

  /** The answer, or in words why there is none. */
  async ask(question: Question, msMax: number): Promise<Answer | string> {
    const child = (this.child ??= this.started());
    const answer = new Promise<Answer | string>((resolve) => {
      const timer = setTimeout(resolve, msMax, `no answer in ${msMax} ms`);
      const over = (outcome: Answer | string): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(outcome);
      };
      child.once("message", (message) => {
        over(message as Answer);
      });
      child.once("exit", (code, signal) => {
        over(`it ended with ${String(code ?? signal)}`);
      });
    });
    child.send(question);
    const outcome = await answer;
    if (typeof outcome === "string") this.close();
    return outcome;
  }

  /** Ends the process. */
  close(): void {
    this.child?.removeAllListeners();
    this.child?.kill("SIGKILL");
    this.child = null;
  }

  private started(): ChildProcess {
    const execArgv = [...process.execArgv, `--max-old-space-size=${HEAP_MB_MAX}`];
    return fork(fileURLToPath(this.program), [this.operand], { execArgv });
  }
}
