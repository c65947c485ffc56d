// The body of a request as JSON, within limits of size and time.

import { HttpError } from "./api/http-error.js";

const BYTES_MAX = 1_000_000;
const BODY_MS = 10_000;

/** Reads a body as JSON. Throws ERR_TYPE, ERR_TOO_LARGE and ERR_SLOW. */
export async function jsonBody(
  body: ReadableStream<Uint8Array> | null,
  type: string | undefined,
): Promise<unknown> {
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new HttpError("ERR_TYPE", "the body must have the Content-Type application/json");
  const text = await within(BODY_MS, textOf(body));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpError("ERR_TYPE");
  }
}

async function textOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX)
      throw new HttpError("ERR_TOO_LARGE", `the body is larger than ${BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new HttpError("ERR_SLOW"));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
