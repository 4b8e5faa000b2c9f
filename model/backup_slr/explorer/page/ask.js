/** An expression: the shortest way to a state that it describes, or that there is none. */

import { openDialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wayOf } from "./reasons.js";
import { ask, say } from "./walk.js";

/** @import {View, Way} from "./types.js" */

const field = /** @type {HTMLInputElement} */ (byId("expression"));

/** @param {View} view */
export function showExample(view) {
  const [fact] = view.account;
  if (fact) field.placeholder = `Shortest way to a state, such as: ${fact.variable} != ${fact.value}`;
}

/** @param {Event} event */
async function submitted(event) {
  event.preventDefault();
  const expression = field.value.trim() || field.placeholder.split(": ")[1] || "";
  field.value = expression;
  await find(expression);
}

/** @param {string} expression @param {Record<string, any>} [more] */
async function find(expression, more = {}) {
  const answer = await ask({ do: "ask", expression, ...more }, "Searching for the shortest way…");
  field.setAttribute("aria-invalid", String(Boolean(answer.error)));
  if (answer.error) return;
  const way = /** @type {Way & {every_size: string | null}} */ (answer);
  const again = way.verdict !== "reached" && way.every_size === null && !more.prove;
  openDialog(
    "Is it reachable?",
    el("p", { class: "code" }, expression),
    el("p", {}, `${way.says}.`),
    way.verdict === "reached" ? wayOf(way) : "",
    again && el("p", {}, el("button", { onclick: () => find(expression, { prove: true }) }, "Try a proof for every size")),
  );
  say(way.says);
}

export function setUpAsk() {
  byId("ask").addEventListener("submit", submitted);
}
