// The page: reads the address, asks the server, and shows what both say.

import { render } from "preact";
import { startTheme } from "./paint/theme.js";
import { followCpu } from "./state/cpu-at-t.js";
import { followData, timeline } from "./state/data.js";
import { followKeys } from "./state/keys.js";
import { followIntervals } from "./state/lanes.js";
import { followMoments } from "./state/moments.js";
import { followOrder } from "./state/order.js";
import { followStart } from "./state/start.js";
import { followAddress } from "./state/url.js";
import { followDrops } from "./state/import.js";
import { followServer } from "./state/connection.js";
import { followGrowth } from "./state/live.js";
import { followWall } from "./state/wall.js";
import { App } from "./view/app.js";

startTheme();
followAddress();
timeline.ask(true);
followData();
followMoments();
followStart();
followOrder();
followIntervals();
followCpu();
followKeys();
followDrops();
followServer();
followGrowth();
followWall();

const root = document.getElementById("page");
if (root !== null) render(<App />, root);
