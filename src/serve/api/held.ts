// An answer that holds something until it is sent: its place at a gate, while the memory that it takes is not free.

import { HttpError } from "./http-error.js";
import { type Leave } from "./gate.js";
import { type Answer } from "./route.js";

/** What is shorter is handed over to the network at once. */
const SHORT_BYTES = 65_536;

/** An answer of which nobody takes anything for so long is given up. */
const IDLE_MS = 60_000;

/** The answer, with `leave` called once it is sent, given up, or left by the one who asked. */
export function held(answer: Answer, leave: Leave): Answer {
  if ("json" in answer) {
    leave();
    return answer;
  }
  const { content } = answer;
  if (!(content instanceof ReadableStream) && content.length < SHORT_BYTES) {
    leave();
    return answer;
  }
  const parts = content instanceof ReadableStream ? content : streamOf(content);
  return { ...answer, content: heldStream(parts.getReader(), leave) };
}

function streamOf(content: string | Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, (at += SHORT_BYTES)));
      if (at >= bytes.length) controller.close();
    },
  });
}

function heldStream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  leave: Leave,
): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    leave();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setTimeout(() => {
          controller.error(new HttpError("ERR_SLOW", "the answer was not taken in time"));
          end();
          reader.cancel().catch(() => undefined);
        }, IDLE_MS).unref();
      },
      async pull(controller) {
        timer?.refresh();
        const { done, value } = await reader.read().catch((error: unknown) => {
          end();
          throw error;
        });
        if (done) {
          end();
          controller.close();
        } else controller.enqueue(value);
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
