/** The account as a list of places, with what the last step changed. */

import { el } from "./dom.js";

/** @import {Fact, View} from "./types.js" */

/** @param {View} view */
export function accountOf(view) {
  const [outer = [], ...inner] = view.places;
  const within = inner.flat();
  return el(
    "div",
    { class: "account" },
    facts(view, ""),
    ...outer.map((place) =>
      el(
        "section",
        { class: "place" },
        el("h3", {}, place),
        facts(view, place),
        ...within.filter((name) => name.startsWith(`${place}/`)).map((name) => inside(view, name, name.slice(place.length + 1))),
      ),
    ),
  );
}

/**
 * @param {View} view
 * @param {string} place
 * @param {string} name
 */
function inside(view, place, name) {
  const known = shownFacts(view, place);
  return el(
    "div",
    { class: known.length > 0 ? "inner" : "inner empty" },
    el("h4", {}, name),
    known.length > 0 ? list(known) : el("p", { class: "none" }, "does not exist"),
  );
}

/**
 * @param {View} view
 * @param {string} place
 */
function facts(view, place) {
  const known = shownFacts(view, place);
  return known.length > 0 && list(known);
}

/**
 * The facts of a place that are not those of an empty one, and those that changed.
 *
 * @param {View} view
 * @param {string} place
 */
function shownFacts(view, place) {
  return view.account.filter((one) => one.place === place && (place === "" || one.changed || (one.value !== false && one.value !== 0)));
}

/** @param {Fact[]} known */
function list(known) {
  return el(
    "ul",
    { class: "facts" },
    ...known.map((one) =>
      el(
        "li",
        { class: `${one.changed ? "changed" : ""} ${one.value === false || one.value === 0 ? "off" : ""}` },
        one.says,
        one.changed && el("span", { class: "mark" }, "changed"),
      ),
    ),
  );
}
