/** The pane of actions: what is possible, what the service may do, and what is refused with every reason. */

import { byId, counted, el, show } from "./dom.js";
import { present, say, step, go } from "./walk.js";
import { reasonsOf } from "./reasons.js";

/** @import {Action, Input, View} from "./types.js" */

/** @type {Set<string>} the refused actions whose reasons are shown */
const opened = new Set();
/** @type {{title: string, has: (action: Action) => boolean}[]} */
const GROUPS = [
  { title: "Possible", has: (one) => one.by === "person" && one.outcome !== "refused" },
  { title: "The service may", has: (one) => one.by !== "person" && one.outcome !== "refused" },
  { title: "Refused", has: (one) => one.outcome === "refused" },
];

/** @param {View} view */
export function showActions(view) {
  const words = /** @type {HTMLInputElement} */ (byId("filter")).value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = view.actions.filter((one) => words.every((word) => textOf(one).includes(word)));
  const groups = GROUPS.map(({ title, has }) => group(title, found.filter(has)));
  show("action-list", ...groups, found.length === 0 && el("p", { class: "none" }, "No action has these words."));
  showInputs(view);
}

/** @param {Action} one */
function textOf(one) {
  return [one.action, one.says, one.place, ...one.operations, ...one.reasons.flatMap((reason) => [reason.says, reason.refusal])]
    .join(" ")
    .toLowerCase();
}

/** @param {string} title @param {Action[]} members */
function group(title, members) {
  /** @type {Map<string, Action[]>} */
  const cards = new Map();
  const changing = members.filter((one) => one.outcome === "refused" || one.changes.length > 0);
  for (const one of [...changing, ...members.filter((one) => !changing.includes(one))])
    cards.set(one.action, [...(cards.get(one.action) ?? []), one]);
  if (members.length === 0) return false;
  return el(
    "section",
    { class: "group" },
    el("h3", {}, title, " ", el("span", { class: "count" }, String(members.length))),
    el("ul", {}, ...[...cards.values()].map(card)),
  );
}

/** @param {Action[]} places one action at several places */
function card(places) {
  const [first] = places;
  const alone = places.length === 1 && first.place === "";
  return el(
    "li",
    { class: `card ${first.outcome}` },
    alone ? button(first, first.says) : el("p", { class: "says" }, first.says),
    !alone && first.operations.length > 0 && el("p", { class: "code" }, first.operations.join(", ")),
    alone ? reasons(first) : el("div", { class: "places" }, ...places.flatMap((one) => [button(one, one.place), reasons(one)])),
  );
}

/** @param {Action} one */
function reasons(one) {
  return one.outcome === "refused" && opened.has(keyOf(one)) ? reasonsOf(one, idOf(one)) : "";
}

/** @param {Action} one */
function keyOf(one) {
  return `${one.action} ${one.place}`.trimEnd();
}

/** @param {Action} one */
function idOf(one) {
  return `reasons-${present().actions.indexOf(one)}`;
}

/** @param {Action} one @param {string} text */
function button(one, text) {
  const key = keyOf(one);
  if (one.outcome !== "refused") {
    const changes = one.outcome === "failed" ? ["fails"] : one.changes;
    return el(
      "button",
      { class: changes.length > 0 ? "act" : "act idle", "data-key": key, onclick: () => step({ action: one.action, place: one.place, inputs: one.given }) },
      ...words(one, text),
      el("small", {}, changes.join("; ") || "changes nothing"),
    );
  }
  const open = opened.has(key);
  return el(
    "button",
    {
      class: "act refused",
      "data-key": key,
     
      "aria-disabled": "true",
      "aria-expanded": String(open),
      "aria-controls": open ? idOf(one) : undefined,
      onclick: () => toggle(one, key),
    },
    ...words(one, text),
    el("small", {}, `${one.reasons[0]?.says ?? ""}${one.reasons.length > 1 ? ` (+${one.reasons.length - 1})` : ""}`),
  );
}

/**
 * The text of a button, which a screen reader reads with the action; without a place it has the operation too.
 *
 * @param {Action} one
 * @param {string} text
 */
function words(one, text) {
  const operations = text === one.says && one.operations.length > 0;
  const what = text === one.says ? "" : el("span", { class: "hidden" }, `${one.says}: `);
  return [what, el("span", {}, text), ...(operations ? [el("code", {}, one.operations.join(", "))] : [])];
}

/** @param {Action} one @param {string} key */
function toggle(one, key) {
  if (opened.delete(key)) say("Reasons closed");
  else {
    opened.add(key);
    say(`Refused, ${counted(one.reasons.length, "reason")}: ${one.reasons.map((reason) => reason.says).join("; ")}`);
  }
  showActions(present());
}

/** @param {View} view */
function showInputs(view) {
  /** @type {Map<string, Input>} */
  const inputs = new Map();
  for (const one of view.actions) for (const input of one.inputs) inputs.set(input.name, merged(input, inputs.get(input.name)));
  show("inputs", ...[...inputs.values()].map((input) => field(input, view.inputs[input.name] ?? input.usual)));
}

/** @param {Input} input @param {Input} [other] */
function merged(input, other) {
  return other ? { ...input, values: [...new Set([...other.values, ...input.values])] } : input;
}

/** @param {Input} input @param {string | number | boolean} chosen */
function field(input, chosen) {
  const options = input.values.map((value) => el("option", { value: String(value), selected: value === chosen }, said(value)));
  return el(
    "label",
    { class: chosen === input.usual ? "" : "unusual" },
    el("span", {}, input.label),
    el("select", { "data-key": `input ${input.name}`, onchange: (event) => choose(input, event) }, ...options),
  );
}

/** @param {string | number | boolean} value */
function said(value) {
  return value === true ? "yes" : value === false ? "no" : String(value);
}

/** @param {Input} input @param {Event} event */
function choose(input, event) {
  const chosen = input.values[/** @type {HTMLSelectElement} */ (event.target).selectedIndex];
  void go({ do: "inputs", inputs: { ...present().inputs, [input.name]: chosen } }, "replace");
}
