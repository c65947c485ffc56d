// How the name of a kernel function is written.

/** With parentheses, as the kernel's people write it: `avic_vcpu_load()`. Of several that may be meant: each; `-` = none. */
export function called(names: string | null): string {
  if (names === null) return "-";
  return names
    .split(" or ")
    .map((name) => `${name}()`)
    .join(" or ");
}
