// Who may ask: the loopback name in the Host header, and pages of this origin. Nothing of a request is routed before.

import { HttpError } from "./api/http-error.js";

/** What a request says of where it comes from; undefined = it does not say. */
export interface Provenance {
  /** The method. */
  readonly method: string;
  /** The Host header. */
  readonly host: string | undefined;
  /** The Origin header. */
  readonly origin: string | undefined;
  /** The Sec-Fetch-Site header. */
  readonly fetchSite: string | undefined;
}

/** Loopback, on any port: `ssh -L` has another one on the user's side. A DNS name could be rebound to it. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/** Throws ERR_HOST unless the Host header names loopback. */
export function refuseHost({ host }: Pick<Provenance, "host">): void {
  if (host !== undefined && LOOPBACK.test(host)) return;
  throw new HttpError("ERR_HOST", "the Host header must name localhost, 127.0.0.1 or [::1]");
}

/**
 * Throws ERR_ORIGIN if a page of another origin asks. Another port of this host is another origin, and a cookie alone
 * would not tell it apart.
 */
export function refuseOrigin({ host, origin, fetchSite }: Provenance): void {
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none")
    throw new HttpError("ERR_ORIGIN");
  if (origin !== undefined && origin !== `http://${host ?? ""}`) throw new HttpError("ERR_ORIGIN");
}

/** May the request change something? */
export function isWrite(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/**
 * Throws ERR_ORIGIN for a change that a cookie alone vouches for and no page of this origin is named for: browsers name
 * it, and scripts have a bearer token.
 */
export function refuseUnnamedWrite(asked: Provenance, by: "cookie" | "bearer"): void {
  if (by === "bearer" || !isWrite(asked.method)) return;
  if (asked.origin === undefined && asked.fetchSite !== "same-origin")
    throw new HttpError("ERR_ORIGIN", "a change needs the Origin header, or a bearer token");
}

/** The headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};
