/** An expression: the shortest way to a state that it describes, or that there is none. */

import { openDialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wayOf } from "./reasons.js";
import { ask, present } from "./walk.js";

/** @import {View, Way} from "./types.js" */

const field = /** @type {HTMLInputElement} */ (byId("expression"));

/** @param {View} view */
export function showExample(view) {
  const [fact] = view.account;
  if (fact) field.placeholder = `Shortest way to a state, such as: ${fact.variable} == ${fact.value}`;
}

/** @param {Event} event */
async function submitted(event) {
  event.preventDefault();
  const expression = field.value.trim() || field.placeholder.split(": ")[1] || "";
  field.value = expression;
  const way = await ask({ do: "path", expression }, "Searching for the shortest way…");
  field.setAttribute("aria-invalid", String(Boolean(way.error)));
  if (way.error) return;
  openDialog("Shortest way", el("p", {}, el("code", {}, expression)), wayOf(/** @type {Way} */ (way)), way.verdict !== "reached" && proof(expression));
}

/** @param {string} expression */
function proof(expression) {
  const said = el("div", { role: "status" });
  const prove = async () => {
    const answer = await ask({ do: "prove", expression }, "Searching in every size…");
    if (answer.error) said.textContent = answer.error;
    else said.replaceChildren(el("pre", {}, answer.text));
  };
  const from = present().at > 0 ? "from a new account" : "at every size";
  return el("div", {}, el("p", {}, el("button", { onclick: prove }, `Is it reachable ${from}?`)), said);
}

export function setUpAsk() {
  byId("ask").addEventListener("submit", submitted);
}
