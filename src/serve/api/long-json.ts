// A JSON document of megabytes, written and sent part by part.

import { type Answer } from "./route.js";
import { textStream } from "./text-stream.js";

/** A long document as JSON, as `JSON.stringify` writes it. */
export function longJson(document: object): Answer {
  return { type: "application/json", content: textStream(piecesOf(document)) };
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
