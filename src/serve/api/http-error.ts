// What the server answers when it cannot: a status, a code and a sentence.

import { TwinError, type ErrorCode } from "../../base/errors.js";

/** Every code that only the server gives, with its HTTP status and what it means. */
export const HTTP_ERRORS = {
  ERR_HOST: [403, "the Host header names no loopback address"],
  ERR_ORIGIN: [403, "the request comes from another origin"],
  ERR_TOKEN: [401, "there is no valid cookie, bearer token or one-time link"],
  ERR_NOT_FOUND: [404, "there is no such address"],
  ERR_METHOD: [405, "the address takes other methods"],
  ERR_TOO_LARGE: [413, "the body is larger than the address takes"],
  ERR_TYPE: [415, "the body is no JSON"],
  ERR_TOO_MANY: [429, "too many requests of this kind run already"],
  ERR_HEADERS: [431, "the first line and the headers of the request are longer than 16 KB"],
  ERR_HTTP: [400, "what came is no HTTP request"],
  ERR_SLOW: [408, "the body did not come in time"],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

/** The name of such a code. */
export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** A request that the server refuses by itself. */
export class HttpError extends Error {
  /** What is wrong. */
  readonly code: HttpErrorCode;

  /** `message`: default is the meaning of the code. */
  constructor(code: HttpErrorCode, message: string = HTTP_ERRORS[code][1]) {
    super(message);
    this.code = code;
  }
}

/** The statuses of the library's errors; any other one is 500. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  ...{ ERR_USAGE: 400, ERR_WHEN: 400, ERR_SQL: 400, ERR_SQL_NOT_READONLY: 400 },
  ...{ ERR_NAME: 404, ERR_NO_RECORDING: 404, ERR_TIMELINE_EMPTY: 404, ERR_NO_TIMELINE: 404 },
  ERR_NO_SUCH_FILE: 404,
  ERR_DROPPED: 410,
  ...{ ERR_READONLY: 403, ERR_IMPORT_RUNNING: 409, ERR_PLATFORM_UNKNOWN: 422 },
  ...{ ERR_ABORTED: 409, ERR_SQL_LIMIT: 422, ERR_CLOSED: 503, ERR_BUSY: 503, ERR_LOCKED: 503 },
};

/** What is answered instead of what was asked for. */
export interface ErrorAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The JSON document. */
  readonly body: {
    /** Why not. */
    readonly error: {
      /** A code of irqtwin, or one of HTTP_ERRORS. */
      readonly code: string;
      /** What is wrong, in words. */
      readonly message: string;
    };
  };
}

/** The answer for anything that was thrown. */
export function answerOf(thrown: unknown): ErrorAnswer {
  if (thrown instanceof HttpError) {
    const { code, message } = thrown;
    return { status: HTTP_ERRORS[code][0], body: { error: { code, message } } };
  }
  const { code, message } = TwinError.from(thrown);
  return { status: STATUS[code] ?? 500, body: { error: { code, message } } };
}
