// The methods that a user of a class has.

/** The names of the methods of a class, by its prototype, with those of the classes that it is based on. */
export function methodNames(prototype: object): string[] {
  const names = new Set<string>();
  let at: unknown = prototype;
  while (typeof at === "object" && at !== null && at !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    at = Object.getPrototypeOf(at);
  }
  return [...names];
}
