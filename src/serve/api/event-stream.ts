// Server-sent events.

/** One message: its event's name, its data, and the id that a client sends as Last-Event-ID when it comes again. */
export interface StreamMessage {
  /** The event's name. */
  readonly event: string;
  /** What it says; it is written as JSON. */
  readonly data: unknown;
  /** What a client that comes again names. Absent = the message has none. */
  readonly id?: string | undefined;
}

/** The content type of server-sent events. */
export const EVENT_STREAM = "text/event-stream";

/** A comment now and then: a connection on which nothing moves would be ended. */
const ALIVE_MS = 15_000;

/**
 * A stream of messages. What `messages` throws is the last one: `error`, with what `errorOf` makes of it. It ends
 * `messages` when the client is gone.
 */
export function eventStream(
  messages: AsyncIterable<StreamMessage>,
  errorOf: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = messages[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(": irqtwin\n\n"));
      timer = setInterval(() => {
        controller.enqueue(encoder.encode(": alive\n\n"));
      }, ALIVE_MS);
    },
    async pull(controller) {
      try {
        const step = await iterator.next();
        if (step.done !== true) {
          controller.enqueue(encoder.encode(textOf(step.value)));
          return;
        }
      } catch (error) {
        controller.enqueue(encoder.encode(textOf({ event: "error", data: errorOf(error) })));
      }
      clearInterval(timer);
      controller.close();
    },
    async cancel() {
      clearInterval(timer);
      await iterator.return?.();
    },
  });
}

/** JSON has no line feed outside of its strings, and none in them. */
function textOf({ event, data, id }: StreamMessage): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
