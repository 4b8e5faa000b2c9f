/** The walk: its steps, undo and redo, and its branches. */

import { byId, counted, el, show } from "./dom.js";
import { ask, go, jump, present, say } from "./walk.js";
import { requestText } from "./reasons.js";

/** @import {View} from "./types.js" */

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
  const start = el("button", { "data-key": "at 0", "aria-current": view.at === 0 ? "step" : undefined, onclick: () => jump(0) }, "Start");
  const steps = view.steps.map((one, index) =>
    el(
      "button",
      {
        "data-key": `at ${index + 1}`,
        class: one.outcome,
        "aria-current": view.at === index + 1 ? "step" : undefined,
        onclick: () => jump(index + 1),
      },
      el("b", {}, String(index + 1)),
      ` ${requestText(one)}`,
      one.outcome !== "done" && el("small", {}, ` ${one.outcome}`),
    ),
  );
  show("steps", ...[start, ...steps].map((button, index) => el("li", { class: index > view.at ? "ahead" : "" }, button)));
  const list = byId("steps");
  const current = /** @type {HTMLElement | null} */ (list.querySelector("[aria-current]"));
  if (current) list.scrollLeft = current.offsetLeft - list.offsetLeft - Math.max(0, list.clientWidth - current.offsetWidth) / 2;
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
