// The recordings that irqtwin ships, for a timeline that has none.

import { errorLine, request } from "../data/client.js";
import { importFiles } from "./import.js";
import { complain } from "./message.js";

/** Imports a shipped recording: the server hands it out, and the page sends it in as if it was dropped. */
export async function importSample(name: string): Promise<void> {
  try {
    const response = await request(`/api/samples/${encodeURIComponent(name)}`, {});
    await importFiles([new File([await response.blob()], name)]);
  } catch (error) {
    complain(errorLine(error));
  }
}
