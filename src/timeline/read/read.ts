// What the checker reads of a timeline, under one name.

export { directory, type Directory } from "./directory.js";
export { eventsBetween, timeOf } from "./events.js";
export { gaps } from "./gaps.js";
export { pickRecording, type Recording } from "./recordings.js";
