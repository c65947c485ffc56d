// `field=value`: a test of one entity's fields, three-valued.

import { TwinError } from "../../base/errors.js";

/** A test of one field of an entity: is its value equal, or not equal, to the text? */
export interface Test {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** The value of an entity's field. undefined = it is not known; null = the field has no value. */
export type FieldValue = string | number | boolean | null | undefined | readonly string[];

/** Reads `field=value` or `field!=value`; null where the text is neither. */
export function parseTest(text: string): Test | null {
  const [, field = "", operator = "", value = ""] = /^([a-z_]+)(!?=)(.*)$/.exec(text) ?? [];
  return field === "" ? null : { field, isEqual: operator === "=", value };
}

/** Do all tests hold for these values? null = that depends on values that are not known. */
export function holds(
  tests: readonly Test[],
  valueOf: (field: string) => FieldValue,
): boolean | null {
  const truths = tests.map(({ field, isEqual, value }) => {
    const found = valueOf(field);
    return found === undefined ? null : isSame(found, value) === isEqual;
  });
  return truths.includes(false) ? false : truths.includes(null) ? null : true;
}

/** Numbers in any base, 0 and 1 for false and true, `none` for no value, a list by commas. */
function isSame(found: Exclude<FieldValue, undefined>, value: string): boolean {
  if (found === null) return value === "none" || value === "-";
  if (typeof found === "object") return found.join(",") === value;
  if (String(found) === value) return true;
  return value !== "" && Number(found) === Number(value);
}

/** Throws ERR_NAME if a test is of a field that the entity does not have. */
export function requireFields(tests: readonly Test[], fields: readonly string[]): void {
  const other = tests.find(({ field }) => !fields.includes(field));
  if (other !== undefined)
    throw new TwinError(
      "ERR_NAME",
      `${other.field} is no field of it: there are ${fields.join(", ")}`,
    );
}
