/** The middle pane: the account, and pictures of the lifecycle and the walk, each with a text beside it. */

import { accountOf } from "./account.js";
import { byId, el, show } from "./dom.js";
import { requestText } from "./reasons.js";
import { ask, present } from "./walk.js";

/** @import {View} from "./types.js" */

const TABS = { account: "State", lifecycle: "Lifecycle", sequence: "Sequence" };
const STYLE = /<style[^>]*>([^<]*)<\/style>/g;
/** With it the smallest text of a drawing has 11 pixels. */
const SCALE = 1.1;
let chosen = "account";

/** @param {View} view */
export async function showPanel(view) {
  if (chosen === "account") return show("panel", accountOf(view));
  const kind = chosen;
  const picture = await ask({ do: "picture", kind }, "Drawing…");
  if (present() !== view || chosen !== kind) return;
  if (picture.error) return show("panel", el("p", { class: "none" }, picture.error));
  const arrows = /** @type {{says: string, to: string}[]} */ (picture.arrows ?? []);
  show(
    "panel",
    el(
      "figure",
      {},
      picture.svg ? el("div", { class: "drawing", tabindex: "0", role: "group", "aria-label": picture.title }, drawn(picture.svg)) : el("p", { class: "none" }, picture.note),
      el("figcaption", {}, picture.text),
    ),
    arrows.length > 0 && el("h3", {}, "From here"),
    arrows.length > 0 && el("ul", { class: "arrows" }, ...arrows.map((one) => el("li", {}, `${one.says} → ${one.to}`))),
    kind === "sequence" && el("ol", {}, ...view.steps.slice(0, view.at).map((one) => el("li", {}, `${requestText(one)}: ${one.outcome}`))),
  );
  const [lit, box] = [".lit", ".drawing"].map((name) => byId("panel").querySelector(name));
  if (lit && box) box.scrollTo(middle(lit, "x") - middle(box, "x"), middle(lit, "y") - middle(box, "y"));
  else if (kind === "sequence") box?.scrollTo(0, box.scrollHeight);
}

/** @param {Element} of @param {"x" | "y"} axis */
function middle(of, axis) {
  const box = of.getBoundingClientRect();
  return box[axis] + (axis === "x" ? box.width : box.height) / 2;
}

/**
 * The drawing, which is parsed as XML, never as HTML. Its style sheet is adopted by the page, because elements with
 * style sheets are not permitted in it.
 *
 * @param {string} svg
 */
function drawn(svg) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([...svg.matchAll(STYLE)].map((found) => found[1]).join("\n"));
  document.adoptedStyleSheets = [sheet];
  const root = new DOMParser().parseFromString(svg.replace(STYLE, ""), "image/svg+xml").documentElement;
  for (const one of root.querySelectorAll("script, style, foreignObject")) one.remove();
  for (const side of ["width", "height"]) root.setAttribute(side, String(SCALE * Number(root.getAttribute(side))));
  return document.importNode(root, true);
}

/** @param {string} name */
function choose(name) {
  chosen = name;
  for (const tab of byId("tabs").children) {
    const own = tab instanceof HTMLElement && tab.dataset.key === name;
    tab.setAttribute("aria-selected", String(own));
    tab.setAttribute("tabindex", own ? "0" : "-1");
    if (own) byId("panel").setAttribute("aria-labelledby", tab.id);
  }
  if (present()) void showPanel(present());
}

/** @param {KeyboardEvent} event */
function arrows(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const names = Object.keys(TABS);
  const next = names[(names.indexOf(chosen) + by + names.length) % names.length];
  choose(next);
  byId(`tab-${next}`).focus();
}

export function setUpPanel() {
  const tabs = Object.entries(TABS).map(([name, title]) =>
    el("button", { role: "tab", id: `tab-${name}`, "data-key": name, "aria-controls": "panel", onclick: () => choose(name) }, title),
  );
  byId("tabs").replaceChildren(...tabs);
  byId("tabs").addEventListener("keydown", arrows);
  choose(chosen);
}
