/** The tour: five steps on the first visit; it can be skipped, and does not come again. */

import { closeDialog, dialogIsOpen } from "./dialogs.js";
import { byId, el, memory } from "./dom.js";
import { openFinding } from "./menu.js";
import { say } from "./walk.js";

const SEEN = "explorer-tour-seen";
/** @type {[string, string, string][]} the pane that a step is about, its title and text */
const STEPS = [
  ["actions", "Choose an action", "Actions that are possible now come first, then what the service may do on its own. A button performs its action, and says what it changes."],
  ["actions", "Ask why one is refused", "Refused actions are listed too. Press one: it shows every reason with the clause behind it, and 'Show me the way' finds the shortest way to where the action is possible."],
  ["account", "Watch the account", "What the last step changed is marked. The other tabs draw the lifecycle, with the present state, and the walk as a sequence."],
  ["timeline", "Go back and try another way", "Undo, redo, or choose a step. A fork keeps the walk and continues in a copy. 'What if' runs the same steps under other rules."],
  ["why", "See a trap", "The last step opens a walk in which every step looks right, and yet one fails. Go back step by step, and read why."],
];

export function startTour() {
  if (dialogIsOpen()) closeDialog();
  document.querySelector("#tour")?.remove();
  memory()?.setItem(SEEN, "yes");
  const box = el("section", { id: "tour", "aria-label": "Tour", tabindex: "-1" });
  document.body.append(box);
  showStep(box, 0);
}

/** @param {HTMLElement} box @param {number} number */
function showStep(box, number) {
  const [pane, title, text] = STEPS[number];
  document.querySelector(".toured")?.classList.remove("toured");
  byId(pane).classList.add("toured");
  byId(pane).scrollIntoView({ block: "nearest" });
  const last = number === STEPS.length - 1;
  const next = () => (last ? finish(box, true) : showStep(box, number + 1));
  box.replaceChildren(
    el("h2", {}, title),
    el("p", {}, text),
    el(
      "p",
      { class: "tour-tools" },
      el("span", { class: "count" }, `${number + 1} of ${STEPS.length}`),
      el("button", { onclick: () => finish(box, false) }, last ? "Close" : "Skip the tour"),
      el("button", { class: "primary", onclick: next }, last ? "Open the trap" : "Next"),
    ),
  );
  box.focus({ preventScroll: true });
}

/** @param {HTMLElement} box @param {boolean} open */
function finish(box, open) {
  document.querySelector(".toured")?.classList.remove("toured");
  box.remove();
  byId("actions-title").focus({ preventScroll: true });
  if (open) void openFinding().then(() => byId("why").scrollIntoView());
  else say("'Help' has the tour again");
}

/** @param {boolean} linked whether the address has a walk, which is what the user came for */
export function offerTour(linked) {
  if (memory()?.getItem(SEEN) === null && !linked) startTour();
}
