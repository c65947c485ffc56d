// Who has proved to be the user who started the server: one-time links, the cookie that they give, the bearer token.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { HttpError } from "./http-error.js";

const TOKEN_BYTES = 16;
/** Links that were not used: more than a user can have asked for by hand. */
const LINKS_MAX = 64;

/** The secrets of one running server. */
export class Session {
  /** Names this server among those of the host: cookies do not know ports. */
  readonly instance: string = randomBytes(4).toString("hex");
  /** What scripts send as `Authorization: Bearer`. */
  readonly bearer: string = randomBytes(TOKEN_BYTES).toString("hex");
  private readonly cookie = randomBytes(TOKEN_BYTES).toString("hex");
  private readonly links = new Set<string>();

  /** A token that opens the page once. */
  newLink(): string {
    const token = randomBytes(TOKEN_BYTES).toString("hex");
    this.links.add(token);
    for (const oldest of this.links) {
      if (this.links.size <= LINKS_MAX) break;
      this.links.delete(oldest);
    }
    return token;
  }

  /** Uses a link up, and gives the Set-Cookie header. Throws ERR_TOKEN if it is none, or was used. */
  useLink(token: string): string {
    if (!this.links.delete(token))
      throw new HttpError(
        "ERR_TOKEN",
        "this link was used, or is of another server: `irqtwin serve --link` prints a new one",
      );
    return `${this.cookieName}=${this.cookie}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** The name of the cookie. */
  get cookieName(): string {
    return `irqtwin-${this.instance}`;
  }

  /** What vouches for a request. Throws ERR_TOKEN if nothing does. */
  voucherOf(authorization: string | undefined, cookies: string | undefined): "cookie" | "bearer" {
    const [, bearer] = /^Bearer ([\da-f]{32})$/i.exec(authorization ?? "") ?? [];
    if (bearer !== undefined && isSame(bearer, this.bearer)) return "bearer";
    for (const pair of (cookies ?? "").split(";")) {
      const [name, value] = pair.trim().split("=");
      if (name === this.cookieName && isSame(value ?? "", this.cookie)) return "cookie";
    }
    throw new HttpError(
      "ERR_TOKEN",
      "open the link that `irqtwin serve` printed, or a new one of `irqtwin serve --link`",
    );
  }
}

/** Compares without telling by its time how much is the same. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
