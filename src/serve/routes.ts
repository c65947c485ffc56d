// All addresses of the API.

import { type Route } from "./route.js";
import { eventRoutes } from "./routes/event-routes.js";
import { findingRoutes } from "./routes/finding-routes.js";
import { laneRoutes } from "./routes/lane-routes.js";
import { momentRoutes } from "./routes/moment-routes.js";
import { sqlRoutes } from "./routes/sql-routes.js";
import { timelineRoutes } from "./routes/timeline-routes.js";

/** The addresses of one server. `version`: that of irqtwin. */
export function routesOf(version: string): readonly Route[] {
  return [
    ...timelineRoutes(version),
    ...laneRoutes,
    ...momentRoutes,
    ...eventRoutes,
    ...findingRoutes,
    ...sqlRoutes(),
  ];
}
