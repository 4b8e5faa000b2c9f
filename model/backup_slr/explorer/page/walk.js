/** The present view, requests to the session, and the address of the page, which has a link to the walk. */

import { chosenHost } from "./host.js";
import { byId } from "./dom.js";

/** @import {Answer, Host, Step, View} from "./types.js" */

/** @type {Host} */
let host;
/** @type {View} */
let view;
/** @type {((view: View) => void)[]} */
const shown = [];
let running = 0;
/** What the walk is about, if it is an example or a file. */
export let about = { title: "", story: "" };
/** The browser's Back belongs to this load of the page while the number is the same. */
const LOAD = Date.now();

/** @param {(view: View) => void} show called with every new view */
export function onView(show) {
  shown.push(show);
}

/** @returns {View} */
export function present() {
  return view;
}

/** @param {string} text what a screen reader says, and what is shown for a moment */
export function say(text, wrong = false) {
  const said = byId("said");
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
  said.classList.remove("shown");
  void said.offsetWidth; // restarts the animation
  said.classList.add("shown");
}

/**
 * Asks the session; an error is said.
 *
 * @param {Record<string, any>} request
 * @param {string} [doing] what is shown if the answer takes long
 * @returns {Promise<Answer>}
 */
export async function ask(request, doing = "Working…") {
  running += 1;
  const timer = setTimeout(() => busy(doing), 250);
  const answer = await host.ask(request);
  clearTimeout(timer);
  running -= 1;
  if (running === 0) byId("busy").hidden = true;
  if (answer.canceled) say("Canceled");
  else if (answer.error) say(answer.error, true);
  return answer;
}

/** @param {string} doing */
function busy(doing) {
  if (running === 0) return;
  const box = byId("busy");
  box.hidden = false;
  /** @type {HTMLElement} */ (box.firstElementChild).textContent = doing;
}

/**
 * Sends a request whose answer is a view, and shows it.
 *
 * @param {Record<string, any>} request
 * @param {"push" | "replace" | "keep"} [history] whether the browser's Back returns to the view before
 * @returns {Promise<boolean>} whether it was understood
 */
export async function go(request, history = "push") {
  const answer = await ask(request);
  if (answer.error) return false;
  if (["new", "open", "load"].includes(request.do)) about = { title: answer.title ?? "", story: answer.story ?? "" };
  take(/** @type {View} */ (answer), history);
  return true;
}

/** @param {View} next @param {"push" | "replace" | "keep"} history */
export function take(next, history) {
  view = next;
  const state = { load: LOAD, at: view.at, branch: view.branch, link: view.link };
  if (history === "push" && `#${view.link}` !== location.hash) window.history.pushState(state, "", `#${view.link}`);
  else if (history !== "keep") window.history.replaceState(state, "", `#${view.link}`);
  for (const show of shown) show(view);
  if (view.warning) say(view.warning, true);
}

/** @param {Step} step @returns {Promise<boolean>} whether the account has such a request */
export async function step(step) {
  if (!(await go({ do: "step", ...step }))) return false;
  const { outcome, reasons, changes } = view.steps[view.at - 1];
  const told = [...reasons.map((one) => one.says), ...changes].join("; ");
  say(`Step ${view.at}, ${outcome}: ${told || "nothing changes"}`);
  return true;
}

/** @param {number} to */
export async function jump(to) {
  if (to < 0 || to > view.steps.length) say(to < 0 ? "This is the start of the walk" : "This is the end of the walk");
  else if (await go({ do: "jump", to })) say(to === 0 ? "Start of the walk" : `Step ${to} of ${view.steps.length}`);
}

/** Returns to where the browser's Back or Forward, or another link, leads. */
async function followAddress() {
  const link = location.hash.slice(1);
  const state = history.state;
  if (state?.load === LOAD && state.branch < view.branches) {
    await host.ask({ do: "branch", number: state.branch });
    const answer = await host.ask({ do: "jump", to: state.at });
    if (answer.link === state.link) {
      take(/** @type {View} */ (answer), "keep");
      say(`Step ${view.at} of ${view.steps.length}`);
      return;
    }
  }
  if (link && link !== view.link) await go({ do: "open", link }, "replace");
}

/** Connects to the session, and opens the walk of the address. */
export async function start() {
  host = await chosenHost();
  host.progress?.(busy);
  byId("cancel").addEventListener("click", () => host.cancel?.());
  const link = location.hash.slice(1);
  const opened = link ? await go({ do: "open", link }, "replace") : false;
  if (!opened) await go({ do: "view" }, "replace");
  addEventListener("popstate", followAddress);
}

/** @returns {string} a text with which another person opens this walk */
export function shareable() {
  return host.share?.(view.link) ?? location.href;
}
