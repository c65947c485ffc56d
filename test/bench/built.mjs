// The bench measures what is shipped: what it imports of `src` is what `npm run build` made of it. Compiled on the way
// by tsx it would be slower, because tsx gives every function that is made its name by a call.

import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

/** A hook of Node's: a file of this folder that asks for a module of `src` gets the one that is built. */
export function resolve(specifier, context, nextResolve) {
  const isAsked = specifier.startsWith("../../src/") && context.parentURL?.includes("/test/bench/");
  return nextResolve(isAsked ? specifier.replace("/src/", "/dist/") : specifier, context);
}
