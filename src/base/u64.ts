// The words under their former name, for the checker.

export { hex64, int64 } from "./words.js";
