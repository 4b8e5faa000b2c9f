/** Puts the page together. */

import { accountOf } from "./account.js";
import { showActions } from "./actions.js";
import { byId, show } from "./dom.js";
import { onView, present, start } from "./walk.js";
import { showTimeline } from "./timeline.js";
import { showWhy } from "./why.js";

onView(showActions);
onView((view) => show("panel", accountOf(view)));
onView(showWhy);
onView(showTimeline);
byId("filter").addEventListener("input", () => showActions(present()));
await start();
