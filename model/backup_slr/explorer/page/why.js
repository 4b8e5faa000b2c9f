/** The pane that says why: the clauses behind the last step, its assumptions, and the properties. */

import { el, show } from "./dom.js";
import { requestText } from "./reasons.js";
import { jump } from "./walk.js";

/** @import {Property, View} from "./types.js" */

/** @param {View} view */
export function showWhy(view) {
  const last = view.last;
  const result = view.at > 0 ? view.steps[view.at - 1] : undefined;
  show(
    "why-content",
    view.title && el("div", { class: "about" }, el("b", {}, view.title), el("p", {}, view.story ?? "")),
    last
      ? result && el("p", { class: "outcome" }, el("b", {}, `Step ${view.at}`), ` ${requestText(result)}: `, el("b", { class: result.outcome }, result.outcome))
      : el("p", { class: "none" }, "Choose an action. The clauses behind its result are shown here."),
    el("ul", { class: "changes" }, ...(result?.reasons ?? []).map((one) => el("li", { class: "reason" }, [one.says, one.places.join(", ")].filter(Boolean).join(": ")))),
    el("ul", { class: "changes" }, ...(result?.changes ?? []).map((line) => el("li", {}, line))),
    last !== null && last.clauses.length > 0 && el("h3", {}, "Because"),
    last && el("dl", {}, ...last.clauses.flatMap((one) => [el("dt", {}, one.id), el("dd", {}, one.says)])),
    last !== null && last.assumptions.length > 0 && el("h3", {}, "Rests on the assumptions"),
    last && el("ul", { class: "chips" }, ...last.assumptions.map((name) => el("li", {}, assumption(name)))),
    ...properties(view.properties),
  );
}

/** @param {string} name */
function assumption(name) {
  return el("button", { "data-key": `assumption ${name}`, onclick: () => document.dispatchEvent(new CustomEvent("what-if", { detail: name })) }, name);
}

/** @param {Property[]} all */
function properties(all) {
  const broken = all.filter((one) => one.status !== "holds");
  const holding = all.filter((one) => one.status === "holds");
  const list = el("ul", { class: "properties" });
  const fill = () => list.replaceChildren(...holding.map(property));
  return [
    el("h3", {}, "Properties"),
    broken.length > 0 && el("p", { class: "broken" }, `${broken.length} of ${all.length} violated`),
    el("ul", { class: "properties" }, ...broken.map(property)),
    el("details", { ontoggle: fill }, el("summary", { class: "holding" }, broken.length > 0 ? `${holding.length} hold` : `All ${all.length} hold, here and on the way`), list),
  ];
}

/** @param {Property} one */
function property(one) {
  const since = one.since;
  return el(
    "li",
    { class: one.status },
    el("span", { class: "status" }, one.status === "holds" ? "holds" : one.status === "broken" ? "violated here" : "violated earlier"),
    " ",
    one.says,
    el("small", {}, ` ${one.clauses.join(", ")}`),
    since !== undefined && el("button", { "data-key": `since ${one.id}`, onclick: () => jump(since) }, `Go to step ${since}`),
  );
}
