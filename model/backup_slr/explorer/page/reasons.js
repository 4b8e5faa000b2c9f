/** Why a request is refused, and the shortest way to where it is done. */

import { closeDialog } from "./dialogs.js";
import { counted, el } from "./dom.js";
import { ask, go, present, say } from "./walk.js";

/** @import {Action, Reason, Step, Way} from "./types.js" */

/** @param {Action} one @param {string} id */
export function reasonsOf(one, id) {
  const answer = el("div", { class: "way" });
  return el(
    "div",
    { class: "reasons", id },
    el("ol", {}, ...one.reasons.map(reason)),
    el("button", { "data-key": `way ${one.action} ${one.place}`, onclick: () => showWay(one, answer) }, "Show me the way"),
    answer,
  );
}

/** @param {Reason} one */
function reason(one) {
  return el(
    "li",
    {},
    el("strong", {}, one.says),
    one.places.length > 0 && `: ${one.places.join(", ")}`,
    el("br"),
    el("code", {}, one.error_code ?? one.refusal),
    one.transient && " may pass on its own",
    el("p", { class: "clause" }, el("b", {}, one.clause), " ", one.clause_says),
  );
}

/** @param {Action} one @param {HTMLElement} place */
async function showWay(one, place) {
  const request = { do: "unblock", action: one.action, place: one.place, inputs: one.given };
  const answer = await ask(request, "Searching for the shortest way…");
  if (!answer.error) place.replaceChildren(wayOf(/** @type {Way} */ (answer)));
}

/** A way as a list, with a button that takes it. @param {Way} way */
export function wayOf(way) {
  if (way.verdict !== "reached" || way.steps.length === 0) {
    say(way.says);
    return el("p", { class: "none" }, `${way.says}.`);
  }
  say(`${way.shortest ? "The shortest way" : "A way"} has ${counted(way.steps.length, "step")}`);
  return el(
    "div",
    {},
    el("ol", {}, ...way.steps.map((step) => el("li", {}, requestText(step)))),
    el("button", { class: "primary", onclick: () => takeWay(way) }, `Take ${way.steps.length === 1 ? "this step" : `these ${way.steps.length} steps`}`),
  );
}

/** @param {Way} way */
async function takeWay(way) {
  if (!(await go({ do: "take", steps: way.steps }))) return;
  closeDialog();
  say(`${counted(way.steps.length, "step")} taken; this is step ${present().at}`);
}

/** A request in words; an action that has no place in the account has none. @param {Step} step */
export function requestText(step) {
  const known = present().actions.find((one) => one.action === step.action);
  const input = (/** @type {string} */ name) => known?.inputs.find((one) => one.name === name)?.words;
  const inputs = Object.entries(step.inputs).map(([name, value]) => input(name)?.[String(value)] ?? `${name}=${value}`);
  return [`${known?.says ?? step.action}${step.place && `: ${step.place}`}`, ...inputs].join(", ");
}
