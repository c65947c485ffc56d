// A JSON document of megabytes: it is written and sent part by part, and others are answered between the parts.

import { nextTurn } from "../../base/steps.js";
import { type Answer } from "./route.js";

/** So many characters are written at once, about. */
const PART_LENGTH = 131_072;

/** A long document as JSON, as `JSON.stringify` writes it. */
export function longJson(document: object): Answer {
  const parts = partsOf(document);
  const encoder = new TextEncoder();
  const content = new ReadableStream<Uint8Array>(
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
  return { type: "application/json", content };
}

function* partsOf(document: object): Generator<string, undefined> {
  let waiting = "";
  for (const piece of piecesOf(document)) {
    waiting += piece;
    if (waiting.length < PART_LENGTH) continue;
    yield waiting;
    waiting = "";
  }
  yield waiting;
  return undefined;
}

/** The text of a list, or of an object's members, in pieces: each element of a list that is a member is one. */
function* piecesOf(value: object): Generator<string, undefined> {
  if (Array.isArray(value)) {
    let before = "[";
    for (const element of value) {
      yield before + ((JSON.stringify(element) as string | undefined) ?? "null");
      before = ",";
    }
    yield before === "[" ? "[]" : "]";
    return undefined;
  }
  let before = "{";
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    before = ",";
    if (Array.isArray(member)) yield* piecesOf(member);
    else yield JSON.stringify(member);
  }
  yield before === "{" ? "{}" : "}";
  return undefined;
}
