// Text of megabytes: it is written and sent part by part, and others are answered between the parts.

import { nextTurn } from "../../base/steps.js";

/** So many characters are written at once, about. */
const PART_LENGTH = 131_072;

/** The pieces of a text one after another, in parts of about one length. */
export function textStream(pieces: Iterator<string>): ReadableStream<Uint8Array> {
  const parts = partsOf(pieces);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await nextTurn();
        const { done, value } = parts.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
    },
    { highWaterMark: 1 },
  );
}

function* partsOf(pieces: Iterator<string>): Generator<string, undefined> {
  let waiting = "";
  for (let piece = pieces.next(); piece.done !== true; piece = pieces.next()) {
    waiting += piece.value;
    if (waiting.length < PART_LENGTH) continue;
    yield waiting;
    waiting = "";
  }
  yield waiting;
  return undefined;
}
