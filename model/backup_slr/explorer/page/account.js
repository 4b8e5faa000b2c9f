/** The account as a list of places, with what the last step changed. */

import { el } from "./dom.js";

/** @import {Fact, View} from "./types.js" */

/** @param {View} view */
export function accountOf(view) {
  const [outer = [], ...inner] = view.places;
  const within = (/** @type {string} */ place) => inner.flat().filter((name) => name.startsWith(`${place}/`));
  return el(
    "div",
    { class: "account" },
    facts(view, ""),
    ...outer.map((place) =>
      el("section", { class: "place" }, el("h3", {}, place), facts(view, place), ...within(place).map((name) => inside(view, name, name.slice(place.length + 1)))),
    ),
  );
}

/** @param {View} view @param {string} place @param {string} name */
function inside(view, place, name) {
  const known = facts(view, place);
  return el("div", { class: known ? "inner" : "inner empty" }, el("h4", {}, name), known || el("p", { class: "none" }, "does not exist"));
}

/** The facts of a place that are not those of an empty one, and those that changed. @param {View} view @param {string} place */
function facts(view, place) {
  const known = view.account.filter((one) => one.place === place && (place === "" || one.changed || !isOff(one)));
  return known.length > 0 && el("ul", { class: "facts" }, ...known.map(fact));
}

/** @param {Fact} one */
function fact(one) {
  const kind = `${one.changed ? "changed" : ""} ${isOff(one) ? "off" : ""}`;
  return el("li", { class: kind }, one.says, one.changed && el("span", { class: "mark" }, "changed"));
}

/** @param {Fact} one */
function isOff(one) {
  return one.value === false || one.value === 0;
}
