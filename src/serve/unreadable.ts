// What is answered where Node's parser finds no request in what came: the same errors as elsewhere, written by hand,
// because there is no response to write them to.

import { type Duplex } from "node:stream";
import { answerOf, HttpError } from "./api/http-error.js";
import { SECURITY_HEADERS } from "./guard.js";

/** Answers what cannot be read as a request, and ends the connection. For the event `clientError` of a server. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  // Who reset the connection reads no answer.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = answerOf(refusalOf(error.code));
  const content = JSON.stringify(body);
  const headers = {
    ...SECURITY_HEADERS,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(content)),
    Connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${REASONS[status] ?? ""}`, ...lines, "", content].join("\r\n"));
}

function refusalOf(code: string | undefined): HttpError {
  if (code === "HPE_HEADER_OVERFLOW") return new HttpError("ERR_HEADERS");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new HttpError("ERR_SLOW", "the headers did not come in time");
  return new HttpError("ERR_HTTP");
}

const REASONS: Readonly<Record<number, string>> = {
  ...{ 400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large" },
};
