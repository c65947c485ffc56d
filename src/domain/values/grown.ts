// Numbers in typed arrays, which take a fourth of the room of objects and are nothing for the collector to look at.

/** A copy of an array with twice its room; what is new is 0. */
export function grown<Numbers extends Int32Array | Uint32Array | Float64Array>(
  numbers: Numbers,
): Numbers {
  const larger = new (numbers.constructor as new (length: number) => Numbers)(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
