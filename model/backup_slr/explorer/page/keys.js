/** The keyboard: single keys, arrows in lists, and the help that lists them. */

import { dialogIsOpen, openDialog } from "./dialogs.js";
import { byId, el, memory } from "./dom.js";
import { jump, present } from "./walk.js";
import { fork } from "./timeline.js";
import { openComparison, openCopy, openLink } from "./copying.js";
import { openMenu } from "./menu.js";
import { openRequest } from "./other_request.js";
import { startTour } from "./tour.js";
import { openWhatIf } from "./what_if.js";

/** @type {[string, string, () => void][]} */
const KEYS = [
  ["u", "undo", () => void jump(present().at - 1)],
  ["r", "redo", () => void jump(present().at + 1)],
  ["0", "go to the start of the walk", () => void jump(0)],
  ["/", "filter the actions", () => byId("filter").focus()],
  ["a", "go to the actions", () => byId("actions-title").focus()],
  ["s", "go to the state of the account", () => byId("account-title").focus()],
  ["y", "go to why", () => byId("why-title").focus()],
  ["t", "go to the timeline", () => byId("timeline-title").focus()],
  ["o", "another request", openRequest],
  ["e", "find the way to an expression", () => byId("expression").focus()],
  ["f", "fork: copy the walk up to here as another branch", () => void fork()],
  ["d", "compare branches", () => void openComparison()],
  ["w", "what if: other rules", () => void openWhatIf()],
  ["m", "examples", () => void openMenu()],
  ["c", "copy the walk as …", () => void openCopy()],
  ["l", "link to this walk", openLink],
  ["?", "this help", openHelp],
];
const OTHERS = [
  ["↓ ↑", "next and previous action or step in a list"],
  ["Enter", "perform an action, or show why it is refused"],
  ["Esc", "close a dialog, or leave a field"],
  ["Alt+←", "back in the walk, as in every page"],
];
const OFF = "explorer-keys-off";

export function openHelp() {
  const off = el("input", { type: "checkbox", id: "keys-on" });
  off.checked = !memory()?.getItem(OFF);
  off.addEventListener("change", () => (off.checked ? memory()?.removeItem(OFF) : memory()?.setItem(OFF, "yes")));
  openDialog(
    "Help",
    el("p", {}, "'Actions' lists every action, with the reasons for those that are refused. 'Account' shows the state, 'Why' the clauses behind the last step, and 'Timeline' the walk."),
    el("p", {}, el("button", { onclick: startTour }, "Take the tour")),
    el("h3", {}, "Keys"),
    el("p", {}, el("label", {}, off, " Single keys are on")),
    el("table", { class: "keys" }, el("tbody", {}, ...[...KEYS, ...OTHERS].map(([key, does]) => el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, key)), el("td", {}, does))))),
  );
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const at = /** @type {HTMLElement} */ (event.target);
  if (dialogIsOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (at.matches("input, textarea")) {
    if (event.key === "Escape") at.blur();
    else if (event.key === "ArrowDown" && at.id === "filter") move(event, undefined, 1);
    return;
  }
  const by = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by && !at.matches("select, [role=tab], [tabindex='0']")) move(event, at, by);
  const known = KEYS.find(([key]) => key === event.key);
  if (known && !at.matches("select") && !memory()?.getItem(OFF)) {
    event.preventDefault();
    known[2]();
  }
}

/**
 * Moves the focus among the buttons of a list: with up and down in actions, with left and right in the walk.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement | undefined} at
 * @param {number} by
 */
function move(event, at, by) {
  const across = event.key === "ArrowLeft" || event.key === "ArrowRight";
  const list = at?.closest("#steps") ? "#steps" : "#action-list";
  if (across !== (list === "#steps") || (at && !at.closest(`${list}, #actions, #timeline`))) return;
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`${list} button`)]);
  const next = buttons[at ? buttons.indexOf(at) + by : 0];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export function setUpKeys() {
  document.addEventListener("keydown", pressed);
  byId("open-help").addEventListener("click", openHelp);
  byId("open-menu").addEventListener("click", () => openMenu());
  byId("open-copy").addEventListener("click", () => openCopy());
  byId("copy-link").addEventListener("click", openLink);
  document.addEventListener("compare", () => openComparison());
  document.addEventListener("what-if", (event) => openWhatIf(/** @type {CustomEvent<string>} */ (event).detail));
  byId("open-what-if").addEventListener("click", () => openWhatIf());
}
