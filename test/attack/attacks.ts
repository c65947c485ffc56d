// All attacks, by name.

import { type Attack } from "./attack.js";
import { brokenPipes } from "./broken-pipes.js";
import { hostileRecording } from "./hostile-recording.js";
import { hostileWords } from "./hostile-words.js";
import { hostileTimeline } from "./hostile-timeline.js";

/** All attacks, by the name that `npm run attack -- --kind NAME` takes. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "broken-pipes": brokenPipes,
  "hostile-recording": hostileRecording,
  "hostile-timeline": hostileTimeline,
  "hostile-words": hostileWords,
};
