/** The walk as text for other places, and as a link. */

import { copyable, openDialog } from "./dialogs.js";
import { el } from "./dom.js";
import { ask, go, present, say, shareable } from "./walk.js";

const FORMATS = { scenario: "Scenario", pytest: "pytest", cli: "Commands", markdown: "Markdown", mermaid: "Mermaid" };

/** @param {string} [format] */
export async function openCopy(format = "scenario") {
  const answer = await ask({ do: "copy", format });
  if (answer.error) return;
  const choices = Object.entries(FORMATS).map(([name, label]) =>
    el("button", { "aria-pressed": String(name === format), onclick: () => openCopy(name) }, label),
  );
  openDialog("Copy the walk as …", el("p", { class: "choices", role: "group", "aria-label": "Formats" }, ...choices), copyable("The walk", answer.text));
  /** @type {HTMLElement | null} */ (document.querySelector("#dialog [aria-pressed=true]"))?.focus();
}

export function openLink() {
  const field = el("input", { id: "other-link", autocomplete: "off", spellcheck: "false" });
  /** @param {Event} event */
  const open = async (event) => {
    event.preventDefault();
    const link = field.value.trim().replace(/^.*#/s, "").replace(/^.*--link\s+/s, "");
    if (await go({ do: "open", link })) openDialog("Link to this walk", el("p", {}, `The walk of the link is open, at step ${present().at}.`));
    else field.focus();
  };
  openDialog(
    "Link to this walk",
    el("p", {}, "It has the rules, the account and the steps. The address of this page has it too."),
    copyable("The link", shareable()),
    el("form", { class: "line", onsubmit: open }, el("label", { for: "other-link" }, "Open another link"), field, el("button", {}, "Open")),
  );
}

/** Opens the comparison of this branch with another one. */
export async function openComparison(number = present().branch === 0 ? 1 : 0) {
  const view = present();
  if (view.branches < 2) {
    say("There is one branch only: fork first");
    return;
  }
  const answer = await ask({ do: "compare", number });
  if (answer.error) return;
  const others = [...Array(view.branches).keys()].filter((one) => one !== view.branch);
  const choice = el(
    "select",
    { onchange: () => openComparison(others[choice.selectedIndex]) },
    ...others.map((one) => el("option", { selected: one === number }, `Branch ${one + 1}`)),
  );
  const heads = [`Branch ${view.branch + 1} (this)`, `Branch ${number + 1}`];
  openDialog(
    "Compare branches",
    el("p", {}, el("label", {}, "With ", choice)),
    table("Steps", ["", ...heads], answer.steps),
    answer.differences.length > 0
      ? table("What differs in the account", ["", ...heads], answer.differences.map((/** @type {any} */ one) => [`${one.place} ${one.label}`, one.here_says, one.there_says]))
      : el("p", { class: "none" }, "The accounts are the same."),
  );
}

/** @param {string} caption @param {string[]} heads @param {string[][]} rows */
function table(caption, heads, rows) {
  return el(
    "table",
    {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads.map((head) => el(head ? "th" : "td", head ? { scope: "col" } : {}, head)))),
    el("tbody", {}, ...rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), ...rest.map((text) => el("td", {}, text))))),
  );
}
