/** The walk: its steps, undo and redo, and its branches. */

import { byId, counted, el, show } from "./dom.js";
import { ask, go, jump, present, say } from "./walk.js";
import { requestText } from "./reasons.js";

/** @import {Step, View} from "./types.js" */

/** @type {Step & {outcome: string}} */
const START = { action: "", place: "", inputs: {}, outcome: "start" };
/** @type {WeakMap<Step, HTMLElement>} */
const ITEMS = new WeakMap();

/** @param {View} view */
export function showTimeline(view) {
  const others = [...Array(view.branches).keys()];
  show(
    "walk-tools",
    tool("undo", "Undo", view.at > 0, () => jump(view.at - 1)),
    tool("redo", "Redo", view.at < view.steps.length, () => jump(view.at + 1)),
    tool("fork", "Fork", true, fork),
    view.branches > 1 &&
      el(
        "select",
        { "data-key": "branch", "aria-label": "Branch", onchange: chooseBranch },
        ...others.map((one) => el("option", { selected: one === view.branch }, `Branch ${one + 1}`)),
      ),
    view.branches > 1 && tool("compare", "Compare", true, () => document.dispatchEvent(new Event("compare"))),
  );
  const items = [START, ...view.steps].map(item);
  const list = byId("steps");
  const same = items.findIndex((one, index) => list.children[index] !== one);
  while (list.children.length > (same < 0 ? items.length : same)) list.lastChild?.remove();
  list.append(...items.slice(list.children.length));
  items.forEach((one, index) => one.classList.toggle("ahead", index > view.at));
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const current = /** @type {HTMLElement} */ (items[view.at].firstChild);
  current.setAttribute("aria-current", "step");
  list.scrollLeft = current.offsetLeft - list.offsetLeft - Math.max(0, list.clientWidth - current.offsetWidth) / 2;
}

/** The item of a step, which stays the same while the step does. @param {typeof START} step @param {number} index */
function item(step, index) {
  const made = ITEMS.get(step) ?? el("li", {}, el("button", { class: step.outcome, onclick: () => jump(index) }, ...words(step, index)));
  ITEMS.set(step, made);
  return made;
}

/** @param {typeof START} step @param {number} index */
function words(step, index) {
  if (index === 0) return ["Start"];
  return [el("b", {}, String(index)), ` ${requestText(step)}`, step.outcome !== "done" && el("small", {}, ` ${step.outcome}`)];
}

/** @param {string} key @param {string} text @param {boolean} possible @param {() => void} act */
function tool(key, text, possible, act) {
  return el("button", { "data-key": key, "aria-disabled": possible ? undefined : "true", onclick: act }, text);
}

export async function fork() {
  if (await go({ do: "fork" })) say(`This is branch ${present().branch + 1}, a copy up to step ${present().at}`);
}

/** @param {Event} event */
async function chooseBranch(event) {
  const number = /** @type {HTMLSelectElement} */ (event.target).selectedIndex;
  if (await go({ do: "branch", number })) say(`Branch ${number + 1}, ${counted(present().steps.length, "step")}`);
}
