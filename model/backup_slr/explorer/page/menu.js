/** Walks to begin with: scenarios, counterexamples, accounts, and a file of the user. */

import { closeDialog, openDialog } from "./dialogs.js";
import { el } from "./dom.js";
import { ask, go, jump, present, say } from "./walk.js";

/** @typedef {{groups: {id: string, title: string, entries: {id: string, title: string}[]}[]}} Menu */

export async function openMenu() {
  const menu = await ask({ do: "menu" });
  if (menu.error) return;
  const filter = el("input", { type: "search", id: "menu-filter", "aria-label": "Filter the examples", placeholder: "Filter", oninput: () => list(filter.value) });
  const groups = el("div", {});
  /** @param {string} text */
  const list = (text) => {
    const words = text.toLowerCase().split(/\s+/);
    const found = /** @type {Menu} */ (menu).groups.map((group) => ({
      ...group,
      entries: group.entries.filter((one) => words.every((word) => `${one.title} ${one.id}`.toLowerCase().includes(word))),
    }));
    groups.replaceChildren(
      ...found.filter((group) => group.entries.length > 0).map((group) =>
        el("section", {}, el("h3", {}, group.title), el("ul", { class: "menu" }, ...group.entries.map((one) => el("li", {}, el("button", { onclick: () => begin({ do: "load", id: one.id }) }, one.title))))),
      ),
    );
  };
  const file = el("input", { type: "file", id: "file", onchange: () => openFile(file) });
  openDialog(
    "Examples",
    el("p", { class: "line" }, el("button", { onclick: () => begin({ do: "new" }, "A new account") }, "New account"), el("label", { for: "file" }, "or a file"), file),
    filter,
    groups,
  );
  list("");
  filter.focus();
}

/** @param {Record<string, any>} request @param {string} [title] */
async function begin(request, title = "") {
  if (!(await go(request))) return;
  closeDialog();
  const { at, steps, title: own } = present();
  say([own || title, steps.length > 0 && `step ${at} of ${steps.length}`].filter(Boolean).join(", "));
}

/** @param {HTMLInputElement} input */
async function openFile(input) {
  const file = input.files?.[0];
  if (file) await begin({ do: "open", text: await file.text(), name: file.name }, file.name);
}

/** Opens the walk that the tour ends with, at the step that surprises. */
export async function openFinding() {
  const menu = await ask({ do: "menu" });
  const finding = menu.groups?.find((/** @type {{id: string}} */ group) => group.id === "finding");
  if (finding) await begin({ do: "load", id: finding.entries[0].id });
  const wrong = present().steps.findIndex((one) => one.outcome !== "done");
  if (wrong >= 0) await jump(wrong + 1);
}
