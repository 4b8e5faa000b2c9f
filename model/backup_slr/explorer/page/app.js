/** Puts the page together. */

import { showActions } from "./actions.js";
import { setUpAsk, showExample } from "./ask.js";
import { setUpDialog } from "./dialogs.js";
import { byId } from "./dom.js";
import { setUpKeys } from "./keys.js";
import { setUpPanel, showPanel } from "./panel.js";
import { showTimeline } from "./timeline.js";
import { offerTour } from "./tour.js";
import { onView, present, start } from "./walk.js";
import { showWhy } from "./why.js";

for (const show of [showActions, showPanel, showWhy, showTimeline, showExample]) onView(show);
byId("filter").addEventListener("input", () => showActions(present()));
setUpDialog();
setUpAsk();
setUpKeys();
setUpPanel();
const narrow = matchMedia("(max-width: 60rem)");
/** On a narrow screen the account comes first, for the eyes and for the keyboard. */
const order = () => byId(narrow.matches ? "account" : "actions").after(byId(narrow.matches ? "actions" : "account"));
narrow.addEventListener("change", order);
order();
const linked = location.hash.length > 1;
await start();
offerTour(linked);
