import { type Command } from "./command.js";
export const demo: Command = {
  name: "demo",
  operands: "",
  summary: "show the story on shipped traces",
  options: {},
  examples: ["irqtwin demo"],
  run: () => Promise.resolve(0),
};
