// All attacks, by name.

import { type Attack } from "./attack.js";
import { hostileTimeline } from "./hostile-timeline.js";

/** All attacks, by the name that `npm run attack -- --kind NAME` takes. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "hostile-timeline": hostileTimeline,
};
