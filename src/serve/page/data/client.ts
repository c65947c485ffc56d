// Asks the server. Every answer is this origin's; an error carries the server's code and sentence.

import { toldBy } from "../pure/told.js";
import { type Refusal } from "../pure/answers.js";
import { type Span } from "../pure/url-state.js";
import { readIntervals, type Intervals } from "../pure/wire.js";

/** The server refused, or could not be reached. */
export class ApiError extends Error {
  /** The server's code, such as ERR_WHEN; ERR_GONE where it does not answer. */
  readonly code: string;

  /** An error with the code and the sentence of the server. */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Values of a query string; null and undefined are left out. */
export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** The path of a question about a recording. */
export function pathOf(recording: number, question: string, query: Query = {}): string {
  return `/api/r/${recording}/${question}${queryText(query)}`;
}

/** Asks with GET and reads JSON. Throws ApiError; an abort throws what fetch throws. */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await request(path, { signal: signal ?? null });
  return toldBy(await response.text()) as Answer;
}

/** Sends JSON and reads JSON. Throws ApiError. */
export async function send<Answer>(
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return toldBy(await response.text()) as Answer;
}

/** Asks for the intervals of lanes in a span. */
export async function askIntervals(
  recording: number,
  lanes: readonly string[],
  { start, length }: Span,
  columns: number,
  signal?: AbortSignal,
): Promise<Intervals> {
  const query = {
    lanes: lanes.join(","),
    from: String(start),
    to: String(start + length),
    columns,
  };
  const response = await request(pathOf(recording, "intervals", query), { signal: signal ?? null });
  return readIntervals(await response.arrayBuffer());
}

/** The response to a request that the server grants. Throws ApiError. */
export async function request(path: string, options: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...options, credentials: "same-origin" }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw gone();
    },
  );
  if (!response.ok) throw refusalOf(response.status, await response.text().catch(() => ""));
  return response;
}

/** The error of a server that does not answer. */
export function gone(): ApiError {
  return new ApiError("ERR_GONE", "irqtwin serve does not answer");
}

/** Was it an abort of this page's own? */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** An error in one line: what, and its code. */
export function errorLine(error: unknown): string {
  if (error instanceof ApiError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

/** The error that the server tells. */
export function errorOf({ error }: Refusal): ApiError {
  return new ApiError(error.code, error.message);
}

/** The error that an answer's body tells; one that tells none has the status as its code. */
export function refusalOf(status: number, body: string): ApiError {
  try {
    return errorOf(JSON.parse(body) as Refusal);
  } catch {
    return new ApiError(`HTTP ${status}`, `The server answered ${status}`);
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString()}`;
}
