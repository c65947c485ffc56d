// Asks a server that runs.

import { request } from "node:http";
import { TwinError } from "../base/errors.js";
import { type RunFile } from "./run-file.js";

/** A new link that opens the page once. Throws ERR_USAGE if the server does not answer. */
export function newLinkOf({ url, socket, bearer }: RunFile): Promise<string> {
  const target =
    socket === null ? { host: "127.0.0.1", port: new URL(url).port } : { socketPath: socket };
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(
        new TwinError(
          "ERR_USAGE",
          `the server that runs at ${socket ?? url} gives no link: ${why}`,
        ),
      );
    };
    const headers = { Authorization: `Bearer ${bearer}`, Host: "localhost" };
    const asked = request({ ...target, method: "POST", path: "/api/link", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        if (answer.statusCode !== 200) fail(`status ${answer.statusCode ?? 0}`);
        else resolve((JSON.parse(text) as { readonly url: string }).url);
      });
    });
    asked.on("error", (error) => {
      fail(error.message);
    });
    asked.end();
  });
}
