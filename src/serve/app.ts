// The server as a function from requests to answers: who may ask, then the page's files and the API.

import { Hono, type Context } from "hono";
import { jsonBody } from "./body.js";
import { SECURITY_HEADERS, refuseHost, refuseOrigin, refuseUnnamedWrite } from "./guard.js";
import { HTTP_ERRORS, HttpError, answerOf } from "./api/http-error.js";
import { type PageFile } from "./page-files.js";
import { signInPage, wantsPage } from "./sign-in.js";
import { Query } from "./api/parameters.js";
import { type Answer, type Asked, type Route, type Served } from "./api/route.js";

/** What the server is made of. */
export interface AppOptions {
  /** What the addresses share. */
  readonly served: Served;
  /** The addresses of the API. */
  readonly routes: readonly Route[];
  /** The page's files by their addresses. */
  readonly files: ReadonlyMap<string, PageFile>;
}

/** Makes the application. */
export function appOf({ served, routes, files }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const refusal = guarded(context, served);
    if (refusal !== null) return refusal;
    await next();
    secure(context.res.headers);
    return undefined;
  });
  for (const route of routes)
    app.on(route.method, `/api${route.path}`, (context) => answered(context, served, route));
  app.get("*", (context) => fileOf(context, files));
  app.notFound((context) => refused(methodsOf(context, routes)));
  app.onError((error) => refused(error));
  return app;
}

/** Refuses who may not ask, and opens the page for who has a link; null = the request goes on. */
function guarded(context: Context, { session }: Served): Response | null {
  const { req } = context;
  const asked = {
    method: req.method,
    host: req.header("host"),
    origin: req.header("origin"),
    fetchSite: req.header("sec-fetch-site"),
  };
  try {
    refuseHost(asked);
    const url = new URL(req.url);
    const token =
      url.pathname === "/" && req.method === "GET" ? url.searchParams.get("token") : null;
    // Who has a link may come from anywhere: from a terminal, a mail, a chat.
    if (token !== null) return opened(session.useLink(token), asked.fetchSite);
    const isPage = url.pathname === "/" && req.header("sec-fetch-mode") === "navigate";
    if (!isPage || req.method !== "GET") refuseOrigin(asked);
    const by = session.voucherOf(req.header("authorization"), req.header("cookie"));
    refuseUnnamedWrite(asked, by);
    return null;
  } catch (error) {
    const isUnknown = error instanceof HttpError && error.code === "ERR_TOKEN";
    return isUnknown && wantsPage(req.header("accept")) ? toSignIn(error) : refused(error);
  }
}

/** Says to a person what to do. */
function toSignIn(error: HttpError): Response {
  const { status } = answerOf(error);
  const headers = new Headers({ "Content-Type": "text/html; charset=utf-8", Vary: "Accept" });
  headers.set("Cache-Control", "no-store");
  secure(headers);
  return new Response(signInPage(), { status, headers });
}

/**
 * To the page, with the cookie. A browser does not send a strict cookie on a redirect that begins at another site, so
 * there the page goes on by itself.
 */
function opened(cookie: string, fetchSite: string | undefined): Response {
  const isForeign = fetchSite === "cross-site" || fetchSite === "same-site";
  const headers = new Headers({ "Set-Cookie": cookie, "Cache-Control": "no-store" });
  secure(headers);
  if (!isForeign) {
    headers.set("Location", "/");
    return new Response(null, { status: 303, headers });
  }
  headers.set("Content-Type", "text/html; charset=utf-8");
  return new Response(
    '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>irqtwin</title>',
    { headers },
  );
}

async function answered(context: Context, served: Served, route: Route): Promise<Response> {
  try {
    const { req } = context;
    const { pathname, search, searchParams } = new URL(req.url);
    const asked: Asked = {
      served,
      path: (name) => req.param(name) ?? "",
      query: new Query(searchParams, route.parameters),
      signal: req.raw.signal,
      target: `${pathname}${search}`,
      json: () => jsonBody(req.raw.body, req.header("content-type")),
      body: req.raw.body,
      header: (name) => req.header(name),
    };
    return responseOf(await route.run(asked));
  } catch (error) {
    return refused(error);
  }
}

function responseOf(answer: Answer): Response {
  const headers = new Headers({ "Cache-Control": "no-store" });
  if ("json" in answer) {
    headers.set("Content-Type", "application/json");
    return new Response(JSON.stringify(answer.json), { headers });
  }
  headers.set("Content-Type", answer.type);
  if (answer.file !== undefined)
    headers.set("Content-Disposition", `attachment; filename="${answer.file}"`);
  return new Response(answer.content, { headers });
}

const [TOO_MANY] = HTTP_ERRORS.ERR_TOO_MANY;

/** Of those who wait before it, some are answered by then. */
const RETRY_SECONDS = 2;

function refused(error: unknown): Response {
  const { status, body } = answerOf(error);
  const headers = new Headers({ "Content-Type": "application/json", "Cache-Control": "no-store" });
  if (status === TOO_MANY) headers.set("Retry-After", String(RETRY_SECONDS));
  secure(headers);
  return new Response(JSON.stringify(body), { status, headers });
}

function fileOf(context: Context, files: ReadonlyMap<string, PageFile>): Response {
  const { pathname } = new URL(context.req.url);
  const file = files.get(pathname);
  if (file === undefined) return refused(new HttpError("ERR_NOT_FOUND", NO_PAGE.get(pathname)));
  const headers = new Headers({
    "Content-Type": file.type,
    "Cache-Control": "no-cache",
    ETag: file.etag,
    Vary: "Accept-Encoding",
  });
  if (context.req.header("if-none-match") === file.etag)
    return new Response(null, { status: 304, headers });
  const isZipped = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
  if (isZipped) headers.set("Content-Encoding", "gzip");
  return new Response(isZipped ? file.gzip : file.bytes, { headers });
}

const NO_PAGE: ReadonlyMap<string, string> = new Map([
  ["/", "this irqtwin was built without its page: `npm run build` makes it"],
]);

/** Why nothing answers: there is no such address, or it takes other methods. */
function methodsOf({ req }: Context, routes: readonly Route[]): HttpError {
  const { pathname } = new URL(req.url);
  const isThere = routes.some(({ path }) =>
    new RegExp(`^/api${path.replace(/:\w+/g, "[^/]+")}$`).test(pathname),
  );
  return new HttpError(isThere ? "ERR_METHOD" : "ERR_NOT_FOUND");
}

function secure(headers: Headers): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
}
