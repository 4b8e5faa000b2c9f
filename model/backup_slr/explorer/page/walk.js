/** The present view, requests to the session, and the address of the page, which has a link to the walk. */

import { byId, memory } from "./dom.js";

/** @import {Answer, Host, Step, View} from "./types.js" */

/** @type {Host} */
let host;
/** @type {View} */
let view;
/** @type {((view: View) => void)[]} */
const shown = [];
let running = 0;
/** What this tab keeps beside the link, so that a reload has branches and redo. */
const REST = "explorer-rest";

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
  const began = Date.now();
  const timer = setTimeout(() => busy(doing), 250);
  const clock = setInterval(() => (byId("busy").dataset.seconds = `${Math.round((Date.now() - began) / 1000)} s`), 1000);
  const answer = await host.ask(request);
  for (const one of [timer, clock]) clearTimeout(one);
  byId("busy").dataset.seconds = "";
  running -= 1;
  if (running === 0) byId("busy").hidden = true;
  if (answer.canceled) {
    if (view) view.number = 0; // the session may be another one, which has not sent this view
    say("Canceled");
  } else if (answer.error) say(answer.error, true);
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
 * @param {"push" | "replace"} [history] whether the browser's Back returns to the view before
 * @returns {Promise<boolean>} whether it was understood
 */
export async function go(request, history = "push") {
  const { number, steps } = view ?? { number: 0, steps: [] };
  const answer = await ask({ ...request, after: number });
  if (answer.error) return false;
  take(/** @type {View} */ ({ ...answer, steps: [...steps.slice(0, answer.kept), ...answer.steps] }), history);
  return true;
}

/** @param {View} next @param {"push" | "replace"} history */
function take(next, history) {
  view = next;
  const state = { at: view.at, branch: view.branch };
  if (history === "push" && `#${view.link}` !== location.hash) window.history.pushState(state, "", `#${view.link}`);
  else window.history.replaceState(state, "", `#${view.link}`);
  try {
    memory("sessionStorage")?.setItem(REST, JSON.stringify(view.rest));
  } catch {
    memory("sessionStorage")?.removeItem(REST); // it is too long: a reload has the walk of the link
  }
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
  if (!link || link === view.link) return;
  if (await go({ do: "open", link, ...history.state }, "replace")) say(`Step ${view.at} of ${view.steps.length}`);
}

/** Connects to the session, and opens the walk of the address. */
export async function start() {
  const made = document.body.dataset.host === "worker" ? "./worker_host.js" : "./server_host.js";
  host = (await import(made)).host();
  host.progress?.(busy);
  byId("cancel").addEventListener("click", () => host.cancel?.());
  const link = location.hash.slice(1);
  const rest = JSON.parse(memory("sessionStorage")?.getItem(REST) ?? "null");
  const opened = link ? await go({ do: "open", link, rest }, "replace") : false;
  if (!opened) await go({ do: "view" }, "replace");
  addEventListener("popstate", followAddress);
}

/** @returns {string} a text with which another person opens this walk */
export function shareable() {
  return host.share?.(view.link) ?? location.href;
}
