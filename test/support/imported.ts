// Timelines that other tests compare with: an import in this process takes a third of what one takes in a process of its own.

import { openTimeline } from "../../src/index.js";

/** Imports a text into a new timeline at this path, and gives the path. */
export async function importedText(path: string, text: string): Promise<string> {
  const timeline = await openTimeline(path, { create: true });
  await timeline.import(Buffer.from(text, "latin1"));
  timeline.close();
  return path;
}
