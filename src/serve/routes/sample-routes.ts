// The recordings that irqtwin ships.

import { HttpError } from "../api/http-error.js";
import { json, type Route } from "../api/route.js";

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/samples",
    summary: "the recordings that irqtwin ships",
    parameters: {},
    answers: "a list of { name, title }",
    run: ({ served }) => json(served.samples.map(({ name, title }) => ({ name, title }))),
  },
  {
    method: "GET",
    path: "/samples/:name",
    summary: "one of them, as /import takes it",
    parameters: {},
    answers: "the bytes of the file",
    run: ({ served, path }) => {
      const sample = served.samples.find(({ name }) => name === path("name"));
      if (sample === undefined) throw new HttpError("ERR_NOT_FOUND");
      return { type: "application/gzip", content: sample.bytes() };
    },
  },
];

/** The addresses of the recordings that are shipped. */
export function sampleRoutes(): readonly Route[] {
  return ROUTES;
}
