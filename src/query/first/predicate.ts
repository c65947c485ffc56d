// `field=value`: a test of one entity's fields, three-valued.

/** A test of one field of an entity: is its value equal, or not equal, to the text? */
export interface Test {
  /** The field, as `at --json` names it. */
  readonly field: string;
  /** true: the value must be equal; false: it must differ. */
  readonly isEqual: boolean;
  /** The value as text, as JSON would show it without quotes. */
  readonly value: string;
}

/** The value of an entity's field. undefined = it is not known; null = the field has no value. */
export type FieldValue = string | number | boolean | null | undefined | readonly string[];

/** Reads `field=value` or `field!=value`; null where the text is neither. */
export function parseTest(text: string): Test | null {
  const [, field = "", operator = "", value = ""] = /^([a-z_]+)(!?=)(.*)$/.exec(text) ?? [];
  return field === "" ? null : { field, isEqual: operator === "=", value };
}

/**
 * Do all tests hold for these values? null = that depends on values that are not known. The tests are those that
 * `readTests` returns.
 */
export function holds(
  tests: readonly Test[],
  valueOf: (field: string) => FieldValue,
): boolean | null {
  const truths = tests.map(({ field, isEqual, value }) => {
    const found = valueOf(field);
    if (value === UNKNOWN) return (found === undefined) === isEqual;
    return found === undefined ? null : (textOf(found) === value) === isEqual;
  });
  return truths.includes(false) ? false : truths.includes(null) ? null : true;
}

/** A mode or a state that is not known has this value in the document. */
const UNKNOWN = "unknown";

/** Nothing for an empty list, `none` for no value. */
function textOf(found: Exclude<FieldValue, undefined>): string {
  if (found === null) return "none";
  return typeof found === "object" ? found.join(",") : String(found);
}
