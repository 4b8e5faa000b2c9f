/** The session behind the server that sent the page. */

/** @import {Answer, Host} from "./types.js" */

/** @returns {Host} */
export function host() {
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const address = new URL(`tab/${id}`, document.baseURI.replace(/#.*/, "")).href;
  addEventListener("pagehide", (event) => {
    if (!event.persisted) navigator.sendBeacon(`${address}/close`);
  });
  return {
    async ask(request) {
      try {
        const response = await fetch(address, { method: "POST", body: JSON.stringify(request) });
        const answer = /** @type {Answer} */ (await response.json());
        return response.ok ? answer : { error: answer.error ?? answer.message ?? `status ${response.status}` };
      } catch {
        return { error: "the server does not answer: it was perhaps ended; start 'backup-slr explore' again" };
      }
    },
    share: (link) => `backup-slr explore --link ${link}`,
    cancel() {
      navigator.sendBeacon(`${address}/cancel`);
    },
  };
}
