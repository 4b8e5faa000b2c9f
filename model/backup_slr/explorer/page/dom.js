/** Elements. Text is always a text node, whatever it contains. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | ((event: Event) => void) | undefined>} [given]
 *   attributes; `true` is an attribute without a value, `false` is none; `on...` is a listener
 * @param {(Node | string | false | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/**
 * Replaces the content of an element; the focus stays on the control with the same `data-key`.
 *
 * @param {string} id
 * @param {(Node | string | false | null | undefined)[]} children
 */
export function show(id, ...children) {
  const parent = byId(id);
  const focused = document.activeElement;
  const inside = focused instanceof HTMLElement && parent.contains(focused);
  const key = inside ? focused.dataset.key : undefined;
  parent.replaceChildren();
  for (const child of children) if (child) parent.append(child);
  if (!inside) return;
  const same = key && [...parent.querySelectorAll("[data-key]")].find((one) => one instanceof HTMLElement && one.dataset.key === key);
  const next = same ?? parent.closest("section, dialog")?.querySelector("h2");
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/** What the browser remembers for the page, or for this tab alone; nothing where it is not permitted to. */
export function memory(/** @type {"localStorage" | "sessionStorage"} */ kind = "localStorage") {
  try {
    return window[kind];
  } catch {
    return undefined;
  }
}

/** @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
