// All addresses of the API.

import { openApi } from "./open-api.js";
import { json, type Route } from "./api/route.js";
import { eventRoutes } from "./routes/event-routes.js";
import { findingRoutes } from "./routes/finding-routes.js";
import { importRoutes } from "./routes/import-routes.js";
import { laneRoutes } from "./routes/lane-routes.js";
import { lineRoutes } from "./routes/line-routes.js";
import { liveRoutes } from "./routes/live-routes.js";
import { momentRoutes } from "./routes/moment-routes.js";
import { sampleRoutes } from "./routes/sample-routes.js";
import { sqlRoutes } from "./routes/sql-routes.js";
import { timelineRoutes } from "./routes/timeline-routes.js";

/** The addresses of one server. `version`: that of irqtwin. */
export function routesOf(version: string): readonly Route[] {
  const routes: readonly Route[] = [
    ...timelineRoutes(version),
    ...laneRoutes(),
    ...momentRoutes(),
    ...eventRoutes(),
    ...lineRoutes(),
    ...findingRoutes(),
    ...sampleRoutes(),
    ...sqlRoutes(),
    ...importRoutes(),
    ...liveRoutes(),
  ];
  const all: readonly Route[] = [
    ...routes,
    ...["/schema.json", "/", ""].map((path): Route => ({
      method: "GET",
      path,
      summary: "this API as OpenAPI",
      parameters: {},
      answers: "an OpenAPI document",
      run: () => json(openApi(all, version)),
    })),
  ];
  return all;
}
