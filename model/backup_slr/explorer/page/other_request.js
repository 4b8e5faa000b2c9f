/** Any request, also at a place that the account does not have yet. */

import { closeDialog, openDialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { present, step } from "./walk.js";

export function openRequest() {
  const { actions, places } = present();
  const all = [...new Map(actions.map((one) => [one.action, one])).values()];
  const action = el("select", { id: "other-action" }, ...all.map((one) => el("option", { value: one.action }, one.says)));
  const place = el("input", { id: "other-place", list: "known-places", autocomplete: "off", spellcheck: "false" });
  /** @param {Event} event */
  const perform = async (event) => {
    event.preventDefault();
    if (await step({ action: action.value, place: place.value.trim(), inputs: all[action.selectedIndex].given })) closeDialog();
  };
  openDialog(
    "Another request",
    el("p", {}, "The place can have a new name; it is empty for what concerns the whole account."),
    el("form", { class: "line", onsubmit: perform }, el("label", { for: "other-action" }, "Action"), action, el("label", { for: "other-place" }, "Place"), place, el("button", { class: "primary" }, "Perform")),
    el("datalist", { id: "known-places" }, ...places.flat().map((name) => el("option", {}, name))),
  );
  place.placeholder = places.at(-1)?.[0] ?? "";
}

byId("open-request").addEventListener("click", openRequest);
