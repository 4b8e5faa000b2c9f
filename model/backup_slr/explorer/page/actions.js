/** The pane of actions: what is possible, what the service may do, and what is refused with every reason. */

import { byId, counted, el, show } from "./dom.js";
import { present, say, step, go } from "./walk.js";
import { reasonsOf } from "./reasons.js";

/** @import {Action, Input, View} from "./types.js" */

/** @type {Set<string>} the refused actions whose reasons are shown, and the groups whose places are */
const opened = new Set();
/** Of more places with the same result, only one button is shown. */
const FEW = 2;
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
  if (members.length === 0) return false;
  const idle = (/** @type {Action} */ one) => Number(one.outcome !== "refused" && one.changes.length === 0);
  const cards = Map.groupBy(members.toSorted((one, other) => idle(one) - idle(other)), (one) => one.action);
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
    !alone && el("p", { class: "says" }, first.says),
    !alone && first.operations.length > 0 && el("p", { class: "code" }, first.operations.join(", ")),
    ...(alone ? button(first, first.says) : [el("div", { class: "places" }, ...[...Map.groupBy(places, resultOf).values()].flatMap(buttons))]),
  );
}

/** Places with the same result; many are behind one button. @param {Action[]} same */
function buttons(same) {
  const [first] = same;
  const each = () => same.flatMap((one) => button(one, one.place));
  if (same.length <= FEW) return each();
  const key = `${first.action} ${resultOf(first)}`;
  const open = opened.has(key);
  const text = `${first.place} and ${same.length - 1} more`;
  return [
    el(
      "button",
      { class: `act more ${first.outcome}`, "data-key": key, "aria-expanded": String(open), onclick: () => toggle(key, counted(same.length, "place")) },
      ...words(first, text),
      el("small", {}, resultOf(first)),
    ),
    open && el("div", { class: "places" }, ...each()),
  ];
}

/** What a button says of the result. @param {Action} one */
function resultOf(one) {
  const others = one.reasons.length - 1;
  if (one.outcome === "refused") return `${one.reasons[0]?.says}${others > 0 ? `, and ${counted(others, "more reason")}` : ""}`;
  if (one.outcome === "failed") return "fails";
  return one.changes.map((change) => change.replace(`${one.place}: `, "").replace(`${one.place}/`, "")).join("; ") || "changes nothing";
}

/** A button, and the reasons if it is open. @param {Action} one @param {string} text */
function button(one, text) {
  const key = `${one.action} ${one.place}`.trimEnd();
  const content = [...words(one, text), el("small", {}, resultOf(one))];
  if (one.outcome !== "refused") {
    const idle = one.outcome === "done" && one.changes.length === 0;
    return [el("button", { class: idle ? "act idle" : "act", "data-key": key, onclick: () => step({ action: one.action, place: one.place, inputs: one.given }) }, ...content)];
  }
  const open = opened.has(key);
  const id = `reasons-${present().actions.indexOf(one)}`;
  const told = `Refused, ${counted(one.reasons.length, "reason")}: ${one.reasons.map((reason) => reason.says).join("; ")}`;
  return [
    el("button", { class: "act refused", "data-key": key, "aria-disabled": "true", "aria-expanded": String(open), "aria-controls": open ? id : undefined, onclick: () => toggle(key, told) }, ...content),
    open && reasonsOf(one, id),
  ];
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

/** @param {string} key @param {string} told what opens */
function toggle(key, told) {
  const closed = opened.delete(key);
  if (!closed) opened.add(key);
  say(closed ? "Closed" : told);
  showActions(present());
}

/** @param {View} view */
function showInputs(view) {
  /** @type {Map<string, Input>} */
  const inputs = new Map();
  for (const one of view.actions) for (const input of one.inputs) inputs.set(input.name, input);
  const all = [...inputs.values()];
  const unusual = all.filter((one) => (view.inputs[one.name] ?? one.usual) !== one.usual).length;
  byId("inputs-title").textContent = `How requests are made${unusual > 0 ? ` (${unusual} changed)` : ""}`;
  show("inputs", ...all.map((one) => field(one, view.inputs[one.name] ?? one.usual)));
}

/** @param {Input} input @param {string | number | boolean} chosen */
function field(input, chosen) {
  const options = input.values.map((value) => el("option", { value: String(value), selected: value === chosen }, input.words[String(value)]));
  const kind = chosen === input.usual ? "" : "unusual";
  return el("select", { class: kind, "aria-label": input.label, "data-key": `input ${input.name}`, onchange: (event) => choose(input, event) }, ...options);
}

/** @param {Input} input @param {Event} event */
function choose(input, event) {
  const chosen = input.values[/** @type {HTMLSelectElement} */ (event.target).selectedIndex];
  void go({ do: "inputs", inputs: { ...present().inputs, [input.name]: chosen } }, "replace");
}
