/** The one dialog of the page. The browser keeps the focus in it, and returns it afterwards. */

import { byId, el } from "./dom.js";
import { say } from "./walk.js";

const dialog = /** @type {HTMLDialogElement} */ (byId("dialog"));

/** @param {string} title @param {(Node | string | false | null | undefined)[]} content */
export function openDialog(title, ...content) {
  if (!dialog.open) byId("said").classList.remove("shown");
  document.body.append(byId("busy"), byId("said"));
  dialog.replaceChildren(
    el("header", {}, el("h2", { id: "dialog-title", tabindex: "-1" }, title), el("button", { onclick: closeDialog }, "Close")),
    el("div", { id: "dialog-content" }, ...content),
  );
  dialog.append(byId("busy"), byId("said")); // outside of an open dialog they are neither seen nor spoken
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

export function setUpDialog() {
  dialog.addEventListener("close", () => document.body.append(byId("busy"), byId("said")));
}

export function closeDialog() {
  dialog.close();
}

/** @returns {boolean} */
export function dialogIsOpen() {
  return dialog.open;
}

/** A text that can be copied. @param {string} label @param {string} text */
export function copyable(label, text) {
  const area = el("textarea", { readonly: true, "aria-label": label, rows: String(Math.min(18, 2 + text.split("\n").length)), spellcheck: "false" });
  area.value = text;
  const copy = async () => {
    area.select();
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      say("The text is selected: press Ctrl+C to copy it");
    }
  };
  return el("div", { class: "copyable" }, area, el("p", {}, el("button", { class: "primary", onclick: copy }, "Copy")));
}
