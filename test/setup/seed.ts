// Property tests draw the same values in every run. A failure prints its seed, which IRQTWIN_TEST_SEED replays.

import fc from "fast-check";
import { seedOr } from "../support/seed.js";

fc.configureGlobal({ seed: seedOr(20_261_127) });
