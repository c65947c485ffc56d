// Which functions of the kernel may have changed a value without a line in the recording.

import { type StateValue } from "../../domain/platform/state-values.js";
import { platformOf } from "../../platforms/registry.js";
import { type Directory } from "./directory.js";
import { type Recording } from "./recordings.js";

/**
 * The probes without a line whose functions may have changed a value of the state; none = the value is followed, or the
 * import of the recording is not complete, because the names are stored at the end.
 */
export function unfollowedBy(
  recording: Recording,
  { names }: Pick<Directory, "names">,
  value: StateValue,
): readonly string[] {
  if (names.size === 0) return [];
  const { isCounted, rules } = recording;
  const set = { sees: (name: string) => names.has(name), isCounted, rules };
  return platformOf(recording).unfollowed?.(value, set) ?? [];
}

/** Why values of the state are not known; null = each function that changes them would have printed a line. */
export function whyUnfollowed(
  recording: Recording,
  who: Pick<Directory, "names">,
  ...values: readonly StateValue[]
): string | null {
  const [name] = values.flatMap((value) => unfollowedBy(recording, who, value));
  return name === undefined ? null : `no line of ${name}: its function may have run unseen`;
}
