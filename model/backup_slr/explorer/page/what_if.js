/** What if: the same walk under other rules, and the first step with another result. */

import { closeDialog, openDialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { requestText } from "./reasons.js";
import { ask, go, present, say } from "./walk.js";

/** @import {Rules} from "./types.js" */
/**
 * @typedef {{name: string, question: string, evidence: string, values: {value: string, says: string}[],
 *   default: string, value: string}} Assumption
 * @typedef {{name: string, date: string, says: string, assume: Record<string, string>, on: boolean}} Edition
 * @typedef {{name: string, says: string, requires: string[], on: boolean}} Extension
 * @typedef {{part: string, action: string, kind: string, says: string, clause: string, on: boolean,
 *   possible: boolean}} Part
 * @typedef {{assumptions: Assumption[], editions: Edition[], extensions: Extension[], parts: Part[]}} Switches
 */

/** @type {Required<Rules>} */
let chosen = { assume: {}, without: [], extensions: [] };
/** @type {(() => void)[]} what shows the chosen rules in the controls */
let refresh = [];

/** @param {string} [first] an assumption to begin with */
export async function openWhatIf(first) {
  const rules = present().rules;
  choose(rules);
  refresh = [];
  const answer = await ask({ do: "rules" });
  if (answer.error) return;
  const switches = /** @type {Switches} */ (answer);
  openDialog(
    "What if",
    el("p", {}, "Change rules, and the same steps run under them."),
    el("div", { id: "what-if-result", role: "status" }),
    section("Assumptions", true, ...switches.assumptions.map(assumption)),
    section("Editions of the page", false, ...switches.editions.map(edition)),
    section("Extensions", false, ...switches.extensions.map(extension)),
    section("Leave a part of a rule out", false, ...parts(switches.parts)),
  );
  await compare(false);
  if (first) document.getElementById(`assume-${first}`)?.focus();
}

/** @param {Rules} rules */
function choose(rules) {
  chosen = { assume: { ...rules.assume }, without: [...(rules.without ?? [])], extensions: [...(rules.extensions ?? [])] };
  for (const one of refresh) one();
}

/** @param {string} title @param {boolean} open @param {Node[]} content */
function section(title, open, ...content) {
  return el("details", { open }, el("summary", {}, title), ...content);
}

/** @param {Assumption} one */
function assumption(one) {
  const id = `assume-${one.name}`;
  const meaning = el("p", { class: "clause" });
  const change = () => {
    const { value } = one.values[select.selectedIndex];
    if (value === one.default) delete chosen.assume[one.name];
    else chosen.assume[one.name] = value;
    void compare(true);
  };
  const select = el("select", { id, onchange: change }, ...one.values.map((each) => el("option", {}, each.value === one.default ? `${each.value} (default)` : each.value)));
  const show = () => {
    select.selectedIndex = one.values.findIndex((each) => each.value === (chosen.assume[one.name] ?? one.default));
    meaning.textContent = one.values[select.selectedIndex].says;
  };
  show();
  refresh.push(show);
  return el("div", { class: "switch" }, el("label", { for: id }, one.question), select, meaning);
}

/** @param {Edition} one */
function edition(one) {
  const use = () => {
    Object.assign(chosen.assume, one.assume);
    void compare(true);
  };
  return el("div", { class: "switch" }, el("button", { onclick: use }, one.name), one.on && el("b", {}, " in use"), el("p", { class: "clause" }, one.says));
}

/** @param {Extension} one */
function extension(one) {
  const needs = one.requires.length > 0 ? ` Needs ${one.requires.join(", ")}.` : "";
  return checkbox(one.name, one.says + needs, () => chosen.extensions.includes(one.name), (on) => {
    chosen.extensions = [...chosen.extensions.filter((name) => name !== one.name), ...(on ? [one.name] : [])];
  });
}

/** @param {Part[]} all */
function parts(all) {
  const list = el("div", {});
  /** @param {string} text */
  const fill = (text) => {
    const found = all.filter((one) => one.possible && `${one.part} ${one.says}`.toLowerCase().includes(text.toLowerCase()));
    list.replaceChildren(
      ...found.map((one) =>
        checkbox(one.part, `${one.says} (${one.kind}, ${one.clause})`, () => chosen.without.includes(one.part), (out) => {
          chosen.without = [...chosen.without.filter((part) => part !== one.part), ...(out ? [one.part] : [])];
        }),
      ),
    );
  };
  const filter = el("input", { type: "search", "aria-label": "Filter the parts", placeholder: "Filter", oninput: () => fill(filter.value) });
  fill("");
  return [filter, list];
}

/** @param {string} name @param {string} says @param {() => boolean} on @param {(on: boolean) => void} change */
function checkbox(name, says, on, change) {
  const box = el("input", { type: "checkbox", onchange: () => (change(box.checked), void compare(true)) });
  box.checked = on();
  refresh.push(() => (box.checked = on()));
  return el("div", { class: "switch" }, el("label", {}, box, " ", el("code", {}, name)), el("p", { class: "clause" }, says));
}

/** @param {boolean} changed */
async function compare(changed) {
  const place = byId("what-if-result");
  if (!changed) {
    place.replaceChildren(el("p", { class: "none" }, present().steps.length > 0 ? "Nothing is changed yet." : "The walk has no steps yet; rules can be changed all the same."));
    return;
  }
  const sent = JSON.stringify(chosen);
  const answer = await ask({ do: "what-if", rules: chosen }, "Replaying…");
  if (answer.error) return place.replaceChildren(el("p", { class: "broken" }, answer.error));
  const { different, step } = answer;
  if (JSON.stringify(chosen) === sent) choose(answer.chosen); // else something was changed meanwhile
  place.replaceChildren(
    different === null
      ? el("p", {}, "Every step has the same result.")
      : el(
          "div",
          {},
          el("p", {}, el("b", {}, `Step ${different + 1}`), ` is the first with another result: ${requestText(step)}`),
          el("dl", { class: "sides" }, el("dt", {}, "Now"), el("dd", {}, el("pre", {}, step.before)), el("dt", {}, "Then"), el("dd", {}, el("pre", {}, step.after))),
        ),
    el("button", { class: "primary", onclick: keep }, "Keep these rules"),
  );
}

async function keep() {
  if (!(await go({ do: "what-if", rules: chosen, keep: true }))) return;
  closeDialog();
  say("The walk is replayed under these rules");
}
